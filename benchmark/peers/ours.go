package peers

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/auth/jwtauth"
	"github.com/go-modern-rest/rest/auth/sessionauth"
	"github.com/go-modern-rest/rest/auth/tokenauth"
	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
	"github.com/go-modern-rest/rest/store"
)

// Ours is the name of the peer that is this project.
const Ours = "ours"

var ours = Peer{
	Name:  Ours,
	Note:  "go-modern-rest with all defaults, and store/sqlite",
	Whole: true,
	HTTP:  func(s *site.Site) (http.Handler, error) { return newOurs(s, rest.Settings{}) },
}

var oursUnchecked = Peer{
	Name:  "ours, unchecked",
	Note:  "ours, with Settings.Replies = Unchecked",
	Whole: true,
	HTTP:  func(s *site.Site) (http.Handler, error) { return newOurs(s, rest.Settings{Replies: rest.Unchecked}) },
}

var oursBare = Peer{
	Name:  "ours, bare",
	Note:  "ours, unchecked, without security headers, in one language: what it sends is what the floor sends",
	Whole: true,
	HTTP: func(s *site.Site) (http.Handler, error) {
		return newOurs(s, rest.Settings{Replies: rest.Unchecked, Headers: http.Header{}, Languages: []string{"en"}})
	},
}

// ourOrder and ourItem are site.Order and site.Item without the tags of other libraries, which
// rest.New refuses.
type ourOrder struct {
	OrderID       string    `json:"order_id" minLength:"1" maxLength:"32"`
	CustomerEmail string    `json:"customer_email" pattern:"@" maxLength:"254"`
	Status        string    `json:"status" enum:"new,paid,shipped"`
	Currency      string    `json:"currency" minLength:"3" maxLength:"3"`
	Priority      int       `json:"priority" minimum:"0" maximum:"10"`
	Total         float64   `json:"total" minimum:"0"`
	Paid          bool      `json:"paid"`
	Note          string    `json:"note" maxLength:"200"`
	CreatedAt     int64     `json:"created_at" minimum:"0"`
	Tags          []string  `json:"tags" maxItems:"10" items.minLength:"1" items.maxLength:"32"`
	Items         []ourItem `json:"items" minItems:"1" maxItems:"100"`
}

type ourItem struct {
	SKU   string  `json:"sku" minLength:"1" maxLength:"32"`
	Name  string  `json:"name" minLength:"1" maxLength:"64"`
	Qty   int     `json:"qty" minimum:"1" maximum:"1000"`
	Price float64 `json:"price" minimum:"0"`
}

// ourItems returns the items of a list.
func ourItems(n int) []ourItem {
	items := make([]ourItem, n)
	for i, item := range site.Items(n) {
		items[i] = ourItem{item.SKU, item.Name, item.Qty, item.Price}
	}
	return items
}

type byUser struct {
	User site.User `auth:""`
}

type byRow struct {
	User *store.User `auth:""`
}

type withOrder struct {
	Body ourOrder  `body:""`
	User site.User `auth:""`
}

func me(_ context.Context, in byUser) (site.User, error)         { return in.User, nil }
func row(ctx context.Context, in byRow) (site.User, error)       { return fromRow(ctx, in.User) }
func sendBack(_ context.Context, in withOrder) (ourOrder, error) { return in.Body, nil }

func fromRow(_ context.Context, row *store.User) (site.User, error) {
	id, err := strconv.Atoi(row.ID)
	return site.User{ID: id, Username: row.Username}, err
}

var errNoSuchOrder = &rest.Error{Status: http.StatusNotFound, Msg: "No such order"}

// ourAuth are the authenticators of the workloads.
type ourAuth struct {
	stateless, jwt, basic, session, django, token, chain auth.Authenticator
}

func newOurAuth(s *site.Site) ourAuth {
	secret := []byte(s.Secret)
	config := jwtauth.Config{Secret: secret, Issuer: site.Issuer, Audiences: []string{site.Audience}, Require: []string{"jti", "nbf"}}
	stateless := jwtauth.New(jwtauth.ByClaims[site.User](byClaims), config).Header()
	static := basicauth.Static(map[string]string{s.BasicUser: s.BasicPassword})
	basic := basicauth.New(func(ctx context.Context, name, password string) (site.User, error) {
		name, err := static(ctx, name, password)
		return site.User{ID: site.Alice.ID, Username: name}, err
	}, basicauth.Config{})
	session := sessionauth.New(s.Own.Users(), s.Own.Sessions(), sessionauth.Config{Secret: secret})
	return ourAuth{
		stateless: stateless,
		jwt:       jwtauth.New(s.Own.Users(), config).Header(),
		basic:     basic,
		session:   session,
		django: sessionauth.New(s.Django.Users(), s.Django.Sessions(), sessionauth.Config{
			Secret: secret, Cookie: auth.Cookie{SchemeName: "django"}, Compat: sessionauth.Compat{PlainKeys: true},
		}),
		token: tokenauth.New(s.Own.Users(), s.Own.Tokens(), tokenauth.Config{Secret: secret}).Header(),
		chain: auth.AnyOf(basic, auth.Narrow(session, fromRow), stateless),
	}
}

// byClaims makes the user of a token without a database.
func byClaims(_ context.Context, c *jwtauth.Claims) (site.User, auth.Account, error) {
	id, err := strconv.Atoi(c.Subject)
	name, ok := jwtauth.Claim[string](c, "username")
	if err != nil || !ok {
		return site.User{}, auth.Account{}, store.ErrNotFound
	}
	return site.User{ID: id, Username: name}, auth.Account{ID: c.Subject, Username: name, Active: true}, nil
}

func newOurs(s *site.Site, settings rest.Settings) (http.Handler, error) {
	a := newOurAuth(s)
	controllers := []rest.Controller{
		{Path: "/w0", Auth: auth.Public, Get: rest.Handle(func(context.Context, rest.None) (site.User, error) { return site.Alice, nil })},
		{Path: "/w1", Auth: a.stateless, Get: rest.Handle(me)},
		{Path: "/w2", Auth: a.jwt, Get: rest.Handle(row)},
		{Path: "/w3", Auth: a.basic, Get: rest.Handle(me)},
		{Path: "/w4", Auth: a.session, Get: rest.Handle(row)},
		{Path: "/w4d", Auth: a.django, Get: rest.Handle(row)},
		{Path: "/w5", Auth: a.token, Get: rest.Handle(row)},
		{Path: "/w6", Auth: a.chain, Get: rest.Handle(me)},
		{Path: "/w8", Auth: a.stateless, Post: rest.Handle(sendBack)},
		{Path: "/problem", Auth: auth.Public, ErrorFormat: rest.Problem, Errors: []error{errNoSuchOrder},
			Get: rest.Handle(func(context.Context, rest.None) (site.User, error) { return site.User{}, errNoSuchOrder })},
		{Path: "/stream", Auth: auth.Public, Get: rest.Handle(func(ctx context.Context, _ rest.None) (rest.Stream[site.Tick], error) {
			return rest.Receive(ctx, s.Subscribe(ctx)), nil
		})},
	}
	for _, n := range workload.Rows {
		items := ourItems(n)
		controllers = append(controllers, rest.Controller{Path: fmt.Sprintf("/list/%d", n), Auth: auth.Public,
			Get: rest.Handle(func(context.Context, rest.None) ([]ourItem, error) { return items, nil })})
	}
	controllers = append(controllers, ourServers(s)...)
	settings.Title, settings.Version = "benchmark", "1"
	return rest.New(settings, rest.Router{Controllers: controllers})
}

// ourServers are the operations that read from PostgreSQL and Redis, if they are connected.
func ourServers(s *site.Site) []rest.Controller {
	secret := []byte(s.Secret)
	tokens := jwtauth.Config{Secret: secret, Issuer: site.Issuer, Audiences: []string{site.Audience}, Require: []string{"jti", "nbf"}}
	var controllers []rest.Controller
	if s.Postgres != nil {
		db := s.Postgres.DB
		families := tokens
		families.Families, families.Header.SchemeName = db.Families(), "family"
		controllers = append(controllers,
			rest.Controller{Path: "/postgres/session", Get: rest.Handle(row),
				Auth: sessionauth.New(db.Users(), db.Sessions(), sessionauth.Config{Secret: secret, Cookie: auth.Cookie{SchemeName: "postgres"}})},
			rest.Controller{Path: "/postgres/token", Get: rest.Handle(row),
				Auth: tokenauth.New(db.Users(), db.Tokens(), tokenauth.Config{Secret: secret, Header: auth.Header{SchemeName: "postgres_token"}}).Header()},
			rest.Controller{Path: "/postgres/family", Get: rest.Handle(row), Auth: jwtauth.New(db.Users(), families).Header()})
	}
	if s.Redis != nil {
		blocklist := tokens
		blocklist.Blocklist, blocklist.Header.SchemeName = s.Redis.DB.Blocklist(), "blocklist"
		controllers = append(controllers,
			rest.Controller{Path: "/redis/session", Get: rest.Handle(row),
				Auth: sessionauth.New(s.Own.Users(), s.Redis.DB.Sessions(), sessionauth.Config{Secret: secret, Cookie: auth.Cookie{SchemeName: "redis"}})},
			rest.Controller{Path: "/redis/blocklist", Get: rest.Handle(me), Auth: jwtauth.New(jwtauth.ByClaims[site.User](byClaims), blocklist).Header()})
	}
	return controllers
}
