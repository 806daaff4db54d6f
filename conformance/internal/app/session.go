package app

import (
	"context"
	"net/http"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/store"
)

type (
	cookiesOnly struct {
		Cookies []*http.Cookie `cookie:""`
	}
	requestOnly struct{ Request *http.Request }
	csrfReply   struct {
		Cookies []*http.Cookie `cookie:""`
		Body    csrfToken      `body:""`
	}
	csrfToken struct {
		Token string `json:"csrf_token"`
	}
	passwordChange struct {
		Request *http.Request
		User    *store.User     `auth:""`
		Body    passwordPayload `body:""`
	}
	passwordPayload struct {
		Password    string `json:"password"`
		KeepSession bool   `json:"keep_session"`
	}
	cartRead  struct{ Request *http.Request }
	cartWrite struct {
		Request *http.Request
		Body    cartPayload `body:""`
	}
	cartPayload struct {
		Value string `json:"value"`
	}
	cartReply struct {
		Cookies []*http.Cookie `cookie:""`
		Body    cart           `body:""`
	}
	cart struct {
		Value *string `json:"value"`
		User  *string `json:"user"`
	}
)

func (a *app) sessions() rest.Router {
	in := a.accounts.Session("", a.session).Controllers[0]
	inAsync := in
	inAsync.Path = "/login-async/"
	out := func(path string) rest.Controller {
		return rest.Controller{Path: path, Auth: a.session, Post: rest.Handle(a.logout, rest.Op{Status: http.StatusNoContent, OptionalCookies: a.session.CookieNames()})}
	}
	all := func(path string) rest.Controller {
		c := both(path, a.session)
		c.Put, c.Patch, c.Delete = rest.Handle(whoami), rest.Handle(whoami), rest.Handle(whoami)
		return c
	}
	isStaff := func(refusal error) func(context.Context, *store.User) error {
		return func(_ context.Context, user *store.User) error {
			if user.Staff {
				return nil
			}
			return refusal
		}
	}
	staffOrStop := auth.Narrow(a.session.Only("staff_or_stop", nil), func(ctx context.Context, user *store.User) (*store.User, error) {
		return user, isStaff(&auth.Error{Msg: "Staff only"})(ctx, user)
	})
	notExempt := a.session.CSRF()
	return rest.Router{Controllers: []rest.Controller{
		in, inAsync, out("/logout/"), out("/logout-async/"),
		all("/me/"), both("/me-async/", a.session),
		both("/public/", visitors{a}),
		{Path: "/csrf/", Auth: cookieReader{}, Get: rest.Handle(a.csrfToken, rest.Op{OptionalCookies: a.session.CSRF().CookieNames()})},
		{Path: "/password/", Auth: a.session, Post: rest.Handle(a.changePassword, rest.Op{Status: http.StatusNoContent, OptionalCookies: a.session.CookieNames()})},
		both("/staff/", a.session.Only("staff_session", isStaff(auth.ErrSkip))),
		both("/staff-or-stop/", staffOrStop),
		both("/not-exempt/", notExempt),
		both("/not-exempt-session/", auth.AllOf(notExempt, a.session)),
		{Path: "/cart/", Auth: cookieReader{}, Get: rest.Handle(a.readCart), Put: rest.Handle(a.writeCart, rest.Op{OptionalCookies: a.session.CookieNames()})},
	}}
}

func (a *app) logout(_ context.Context, in requestOnly) (cookiesOnly, error) {
	cookies, err := a.session.End(in.Request)
	return cookiesOnly{cookies}, err
}

func (a *app) csrfToken(_ context.Context, in requestOnly) (csrfReply, error) {
	token, cookies, err := a.session.CSRF().Token(in.Request)
	return csrfReply{Cookies: cookies, Body: csrfToken{token}}, err
}

func (a *app) changePassword(ctx context.Context, in passwordChange) (cookiesOnly, error) {
	id := in.User.ID
	encoded, err := a.hasher.Hash(ctx, in.Body.Password)
	if err != nil {
		return cookiesOnly{}, err
	}
	if err := a.db.Users.SetPassword(ctx, id, encoded); err != nil || !in.Body.KeepSession {
		return cookiesOnly{}, err
	}
	cookies, err := a.session.Keep(in.Request, auth.Account{ID: id, Password: encoded, Active: true})
	return cookiesOnly{cookies}, err
}

func (a *app) readCart(ctx context.Context, in cartRead) (cartReply, error) {
	reply := cartReply{}
	s, err := a.session.Load(in.Request)
	if err != nil {
		return reply, err
	}
	var value string
	if ok, err := s.Get("cart", &value); err != nil {
		return reply, err
	} else if ok {
		reply.Body.Value = &value
	}
	reply.Body.User, err = a.nameOf(ctx, s.UserID())
	return reply, err
}

func (a *app) writeCart(ctx context.Context, in cartWrite) (cartReply, error) {
	reply := cartReply{}
	s, err := a.session.Load(in.Request)
	if err != nil {
		return reply, err
	}
	if err := s.Set("cart", in.Body.Value); err != nil {
		return reply, err
	}
	if reply.Cookies, err = a.session.Save(in.Request, s); err != nil {
		return reply, err
	}
	reply.Body.Value = &in.Body.Value
	reply.Body.User, err = a.nameOf(ctx, s.UserID())
	return reply, err
}

func (a *app) nameOf(ctx context.Context, id string) (*string, error) {
	if id == "" {
		return nil, nil
	}
	user, _, err := a.db.Users.ByID(ctx, id)
	if err != nil {
		return nil, err
	}
	return &user.Username, nil
}
