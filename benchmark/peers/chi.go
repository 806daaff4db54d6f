package peers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
	"github.com/go-playground/validator/v10"
	"github.com/lestrrat-go/jwx/v2/jwt"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var chiPeer = Peer{
	Name: "chi + jwtauth",
	Note: "chi v5, its jwtauth v5 (jwx v2), validator v10",
	HTTP: newChi,
}

func newChi(s *site.Site) (http.Handler, error) {
	tokens := chiTokens(s)
	hand := newByHand(s)
	chain := middleware(site.ChainChallenge, func(r *http.Request) (site.User, error) {
		return s.Chain(r.Context(), r.Header.Get("Authorization"), sessionCookie(r), func(raw string) (site.User, error) {
			token, err := jwtauth.VerifyToken(tokens, raw)
			if err != nil {
				return site.User{}, site.ErrUnauthenticated
			}
			return chiUser(token)
		})
	})
	me := func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, http.StatusOK, r.Context().Value(userKey{}))
	}
	validate := validator.New()
	router := chi.NewRouter()
	router.Get("/w0", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, &site.Alice) })
	router.Group(func(r chi.Router) {
		r.Use(jwtauth.Verifier(tokens), chiAuthenticator)
		r.Get("/w1", func(w http.ResponseWriter, r *http.Request) {
			token, _, _ := jwtauth.FromContext(r.Context())
			user, err := chiUser(token)
			chiReply(w, user, err)
		})
		r.Get("/w2", func(w http.ResponseWriter, r *http.Request) {
			token, _, _ := jwtauth.FromContext(r.Context())
			user, err := chiUser(token)
			if err == nil {
				user, err = s.UserByID(r.Context(), user.ID)
			}
			chiReply(w, user, err)
		})
		r.Post("/w8", func(w http.ResponseWriter, r *http.Request) {
			var order site.Order
			err := json.NewDecoder(r.Body).Decode(&order)
			if err == nil {
				err = validate.Struct(&order)
			}
			if err != nil {
				write(w, http.StatusBadRequest, contentType, []byte(site.InvalidBody))
				return
			}
			writeJSON(w, http.StatusCreated, &order)
		})
	})
	router.With(hand.basic).Get("/w3", me)
	router.With(hand.session).Get("/w4", me)
	router.With(hand.token).Get("/w5", me)
	router.With(chain).Get("/w6", me)
	router.Get("/problem", problem)
	for _, n := range workload.Rows {
		items := site.Items(n)
		router.Get(fmt.Sprintf("/list/%d", n), func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, items) })
	}
	return router, nil
}

func chiTokens(s *site.Site) *jwtauth.JWTAuth {
	options := []jwt.ValidateOption{jwt.WithIssuer(site.Issuer), jwt.WithAudience(site.Audience), jwt.WithClaimValue("type", "access")}
	for _, claim := range []string{"exp", "iat", "nbf", "jti", "sub"} {
		options = append(options, jwt.WithRequiredClaim(claim))
	}
	return jwtauth.New("HS256", []byte(s.Secret), nil, options...)
}

// chiAuthenticator is jwtauth.Authenticator with the agreed body.
func chiAuthenticator(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if token, _, err := jwtauth.FromContext(r.Context()); err != nil || token == nil {
			deny(w, site.BearerChallenge)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func chiUser(token jwt.Token) (site.User, error) {
	id, err := strconv.Atoi(token.Subject())
	claim, _ := token.Get("username")
	name, ok := claim.(string)
	if err != nil || !ok {
		return site.User{}, site.ErrUnauthenticated
	}
	return site.User{ID: id, Username: name}, nil
}

func chiReply(w http.ResponseWriter, user site.User, err error) {
	if err != nil {
		deny(w, site.BearerChallenge)
		return
	}
	writeJSON(w, http.StatusOK, user)
}
