package peers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var floor = Peer{
	Name:  Floor,
	Note:  "net/http, encoding/json and golang-jwt v5, by hand",
	Whole: true,
	HTTP:  func(s *site.Site) (http.Handler, error) { return newFloor(s), nil },
}

// floorHeaders pays for the bytes that our peer sends by default and the floor does not.
var floorHeaders = Peer{
	Name:  "floor with our headers",
	Note:  "the floor, and the headers that ours sends by default",
	Whole: true,
	HTTP: func(s *site.Site) (http.Handler, error) {
		next := newFloor(s)
		sniff, origin, frame := []string{"nosniff"}, []string{"same-origin"}, []string{"DENY"}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h["X-Content-Type-Options"], h["X-Frame-Options"] = sniff, frame
			h["Cross-Origin-Opener-Policy"], h["Referrer-Policy"] = origin, origin
			next.ServeHTTP(w, r)
		}), nil
	},
}

const contentType = "application/json"

func newFloor(s *site.Site) http.Handler {
	auth := newByHand(s)
	me := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, r.Context().Value(userKey{}))
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /w0", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, &site.Alice) })
	mux.Handle("GET /w1", auth.jwt(me))
	mux.Handle("GET /w2", auth.jwtUser(me))
	mux.Handle("GET /w3", auth.basic(me))
	mux.Handle("GET /w4", auth.session(me))
	mux.Handle("GET /w4d", auth.session(me))
	mux.Handle("GET /w5", auth.token(me))
	mux.Handle("GET /w6", auth.chain(me))
	floorServers(mux, s, me)
	mux.Handle("POST /w8", auth.jwt(http.HandlerFunc(echoOrder)))
	mux.HandleFunc("GET /problem", problem)
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) { stream(w, r, s.Subscribe(r.Context())) })
	for _, n := range workload.Rows {
		items := site.Items(n)
		mux.HandleFunc(fmt.Sprintf("GET /list/%d", n), func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, items) })
	}
	return mux
}

// floorServers adds what reads from PostgreSQL and Redis, if they are connected.
func floorServers(mux *http.ServeMux, s *site.Site, me http.Handler) {
	bearer := func(user func(context.Context, string) (site.User, error)) http.Handler {
		return middleware(site.BearerChallenge, func(r *http.Request) (site.User, error) {
			token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return site.User{}, site.ErrUnauthenticated
			}
			return user(r.Context(), token)
		})(me)
	}
	session := func(user func(context.Context, string) (site.User, error)) http.Handler {
		return middleware("", func(r *http.Request) (site.User, error) { return user(r.Context(), sessionCookie(r)) })(me)
	}
	if p := s.Postgres; p != nil {
		mux.Handle("GET /postgres/session", session(p.SessionUser))
		mux.Handle("GET /postgres/token", middleware("", func(r *http.Request) (site.User, error) {
			return s.PostgresTokenUser(r.Context(), r.Header.Get("X-API-Token"))
		})(me))
		mux.Handle("GET /postgres/family", bearer(s.FamilyUser))
	}
	if s.Redis != nil {
		mux.Handle("GET /redis/session", session(s.RedisSessionUser))
		mux.Handle("GET /redis/blocklist", bearer(s.UnblockedUser))
	}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	write(w, status, contentType, body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone
}

// echoOrder is the handler of W8.
func echoOrder(w http.ResponseWriter, r *http.Request) {
	var order site.Order
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil || !order.Valid() {
		write(w, http.StatusBadRequest, contentType, []byte(site.InvalidBody))
		return
	}
	writeJSON(w, http.StatusCreated, &order)
}

// problemDetails are the members of RFC 9457 that the peers agree on.
type problemDetails struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

var noSuchOrder = problemDetails{"about:blank", "Not Found", http.StatusNotFound, "No such order"}

func problem(w http.ResponseWriter, _ *http.Request) {
	body, err := json.Marshal(noSuchOrder)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	write(w, http.StatusNotFound, "application/problem+json", body)
}

// stream sends events until there are no more.
func stream(w http.ResponseWriter, r *http.Request, events <-chan site.Tick) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	for {
		select {
		case <-r.Context().Done():
			return
		case tick, more := <-events:
			if !more {
				return
			}
			data, err := json.Marshal(tick)
			if err != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %s\n\n", data); err != nil {
				return
			}
			if err := flusher.Flush(); err != nil {
				return
			}
		}
	}
}

type userKey struct{}

// byHand has the middleware of a service without a framework, for the peers that bring none.
type byHand struct {
	jwt, jwtUser, basic, session, token, chain func(http.Handler) http.Handler
}

func newByHand(s *site.Site) byHand {
	bearer := func(r *http.Request) (site.User, error) {
		token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok {
			return site.User{}, site.ErrUnauthenticated
		}
		return s.VerifyJWT(token)
	}
	return byHand{
		jwt: middleware(site.BearerChallenge, bearer),
		jwtUser: middleware(site.BearerChallenge, func(r *http.Request) (site.User, error) {
			user, err := bearer(r)
			if err != nil {
				return user, err
			}
			return s.UserByID(r.Context(), user.ID)
		}),
		basic: middleware(site.ChainChallenge, func(r *http.Request) (site.User, error) {
			user, password, ok := r.BasicAuth()
			if !ok {
				return site.User{}, site.ErrUnauthenticated
			}
			return s.StaticBasic(user, password)
		}),
		session: middleware("", func(r *http.Request) (site.User, error) { return s.SessionUser(r.Context(), sessionCookie(r)) }),
		token: middleware("", func(r *http.Request) (site.User, error) {
			return s.TokenUser(r.Context(), r.Header.Get("X-API-Token"))
		}),
		chain: middleware(site.ChainChallenge, func(r *http.Request) (site.User, error) {
			return s.Chain(r.Context(), r.Header.Get("Authorization"), sessionCookie(r), s.VerifyJWT)
		}),
	}
}

// middleware puts the user of a request into its context, or refuses the request.
func middleware(challenge string, user func(*http.Request) (site.User, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			found, err := user(r)
			if err != nil {
				deny(w, challenge)
				return
			}
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), userKey{}, found)))
		})
	}
}

func deny(w http.ResponseWriter, challenge string) {
	if challenge != "" {
		w.Header().Set("WWW-Authenticate", challenge)
	}
	write(w, http.StatusUnauthorized, contentType, []byte(site.UnauthenticatedBody))
}

func sessionCookie(r *http.Request) string {
	cookie, err := r.Cookie("sessionid")
	if err != nil {
		return ""
	}
	return cookie.Value
}
