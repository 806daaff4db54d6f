package peers

import (
	"fmt"

	"github.com/go-playground/validator/v10"
	jwtware "github.com/gofiber/contrib/jwt"
	"github.com/gofiber/fiber/v2"
	"github.com/golang-jwt/jwt/v5"
	"github.com/valyala/fasthttp"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var fiberPeer = Peer{
	Name: "fiber (fasthttp)",
	Note: "fiber v2, its contrib/jwt (golang-jwt v5), validator v10. It is on fasthttp, which handlers and middleware of net/http do not fit",
	Fast: newFiber,
}

func newFiber(s *site.Site) (fasthttp.RequestHandler, error) {
	router := fiber.New(fiber.Config{DisableStartupMessage: true})
	tokens := jwtware.New(jwtware.Config{
		SigningKey:   jwtware.SigningKey{JWTAlg: "HS256", Key: []byte(s.Secret)},
		Claims:       &site.Claims{},
		ErrorHandler: func(c *fiber.Ctx, _ error) error { return fiberDeny(c, site.BearerChallenge) },
	})
	byClaims := func(c *fiber.Ctx) (site.User, error) {
		return c.Locals("user").(*jwt.Token).Claims.(*site.Claims).User()
	}
	me := func(c *fiber.Ctx) error { return c.JSON(c.Locals("found")) }
	router.Get("/w0", func(c *fiber.Ctx) error { return c.JSON(&site.Alice) })
	router.Get("/w1", tokens, fiberAuth(site.BearerChallenge, byClaims), me)
	router.Get("/w2", tokens, fiberAuth(site.BearerChallenge, func(c *fiber.Ctx) (site.User, error) {
		user, err := byClaims(c)
		if err != nil {
			return user, err
		}
		return s.UserByID(c.UserContext(), user.ID)
	}), me)
	router.Get("/w3", fiberAuth(site.ChainChallenge, func(c *fiber.Ctx) (site.User, error) {
		user, password, _, ok := site.BasicHeader(c.Get("Authorization"))
		if !ok {
			return site.User{}, site.ErrUnauthenticated
		}
		return s.StaticBasic(user, password)
	}), me)
	router.Get("/w4", fiberAuth("", func(c *fiber.Ctx) (site.User, error) { return s.SessionUser(c.UserContext(), c.Cookies("sessionid")) }), me)
	router.Get("/w5", fiberAuth("", func(c *fiber.Ctx) (site.User, error) { return s.TokenUser(c.UserContext(), c.Get("X-API-Token")) }), me)
	router.Get("/w6", fiberAuth(site.ChainChallenge, func(c *fiber.Ctx) (site.User, error) {
		return s.Chain(c.UserContext(), c.Get("Authorization"), c.Cookies("sessionid"), s.VerifyJWT)
	}), me)
	validate := validator.New()
	router.Post("/w8", tokens, func(c *fiber.Ctx) error {
		var order site.Order
		err := c.BodyParser(&order)
		if err == nil {
			err = validate.Struct(&order)
		}
		if err != nil {
			c.Set("Content-Type", contentType)
			return c.Status(fiber.StatusBadRequest).SendString(site.InvalidBody)
		}
		return c.Status(fiber.StatusCreated).JSON(&order)
	})
	router.Get("/problem", func(c *fiber.Ctx) error {
		return c.Status(fiber.StatusNotFound).JSON(noSuchOrder, "application/problem+json")
	})
	for _, n := range workload.Rows {
		items := site.Items(n)
		router.Get(fmt.Sprintf("/list/%d", n), func(c *fiber.Ctx) error { return c.JSON(items) })
	}
	return router.Handler(), nil
}

func fiberAuth(challenge string, user func(*fiber.Ctx) (site.User, error)) fiber.Handler {
	return func(c *fiber.Ctx) error {
		found, err := user(c)
		if err != nil {
			return fiberDeny(c, challenge)
		}
		c.Locals("found", found)
		return c.Next()
	}
}

func fiberDeny(c *fiber.Ctx, challenge string) error {
	if challenge != "" {
		c.Set("WWW-Authenticate", challenge)
	}
	c.Set("Content-Type", contentType)
	return c.Status(fiber.StatusUnauthorized).SendString(site.UnauthenticatedBody)
}
