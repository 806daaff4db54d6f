package peers

import (
	"fmt"
	"net/http"

	"github.com/go-playground/validator/v10"
	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var echoPeer = Peer{
	Name: "echo + echo-jwt",
	Note: "echo v4, its echo-jwt v4 (golang-jwt v5), validator v10",
	HTTP: newEcho,
}

type echoValidator struct{ validate *validator.Validate }

func (v echoValidator) Validate(value any) error { return v.validate.Struct(value) }

func newEcho(s *site.Site) (http.Handler, error) {
	router := echo.New()
	router.Validator = echoValidator{validator.New()}
	tokens := echojwt.WithConfig(echojwt.Config{
		SigningKey:    []byte(s.Secret),
		NewClaimsFunc: func(echo.Context) jwt.Claims { return new(site.Claims) },
		ErrorHandler:  func(c echo.Context, _ error) error { return echoDeny(c, site.BearerChallenge) },
	})
	byClaims := func(c echo.Context) (site.User, error) {
		return c.Get("user").(*jwt.Token).Claims.(*site.Claims).User()
	}
	me := func(c echo.Context) error { return c.JSON(http.StatusOK, c.Get("found")) }
	router.GET("/w0", func(c echo.Context) error { return c.JSON(http.StatusOK, &site.Alice) })
	router.GET("/w1", me, tokens, echoAuth(site.BearerChallenge, byClaims))
	router.GET("/w2", me, tokens, echoAuth(site.BearerChallenge, func(c echo.Context) (site.User, error) {
		user, err := byClaims(c)
		if err != nil {
			return user, err
		}
		return s.UserByID(c.Request().Context(), user.ID)
	}))
	router.GET("/w3", me, echoAuth(site.ChainChallenge, func(c echo.Context) (site.User, error) {
		user, password, ok := c.Request().BasicAuth()
		if !ok {
			return site.User{}, site.ErrUnauthenticated
		}
		return s.StaticBasic(user, password)
	}))
	router.GET("/w4", me, echoAuth("", func(c echo.Context) (site.User, error) {
		return s.SessionUser(c.Request().Context(), echoSession(c))
	}))
	router.GET("/w5", me, echoAuth("", func(c echo.Context) (site.User, error) {
		return s.TokenUser(c.Request().Context(), c.Request().Header.Get("X-API-Token"))
	}))
	router.GET("/w6", me, echoAuth(site.ChainChallenge, func(c echo.Context) (site.User, error) {
		return s.Chain(c.Request().Context(), c.Request().Header.Get("Authorization"), echoSession(c), s.VerifyJWT)
	}))
	router.POST("/w8", func(c echo.Context) error {
		var order site.Order
		err := c.Bind(&order)
		if err == nil {
			err = c.Validate(&order)
		}
		if err != nil {
			return c.JSONBlob(http.StatusBadRequest, []byte(site.InvalidBody))
		}
		return c.JSON(http.StatusCreated, &order)
	}, tokens)
	router.GET("/problem", func(c echo.Context) error {
		c.Response().Header().Set("Content-Type", "application/problem+json")
		return c.JSON(http.StatusNotFound, noSuchOrder)
	})
	for _, n := range workload.Rows {
		items := site.Items(n)
		router.GET(fmt.Sprintf("/list/%d", n), func(c echo.Context) error { return c.JSON(http.StatusOK, items) })
	}
	return router, nil
}

func echoAuth(challenge string, user func(echo.Context) (site.User, error)) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			found, err := user(c)
			if err != nil {
				return echoDeny(c, challenge)
			}
			c.Set("found", found)
			return next(c)
		}
	}
}

func echoDeny(c echo.Context, challenge string) error {
	if challenge != "" {
		c.Response().Header().Set("WWW-Authenticate", challenge)
	}
	return c.JSONBlob(http.StatusUnauthorized, []byte(site.UnauthenticatedBody))
}

func echoSession(c echo.Context) string {
	cookie, err := c.Cookie("sessionid")
	if err != nil {
		return ""
	}
	return cookie.Value
}
