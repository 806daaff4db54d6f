package peers

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	ginjwt "github.com/appleboy/gin-jwt/v2"
	"github.com/gin-gonic/gin"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var ginPeer = Peer{
	Name: "gin + gin-jwt",
	Note: "gin, its binding (validator v10), appleboy/gin-jwt v2 (golang-jwt v4)",
	HTTP: newGin,
}

func newGin(s *site.Site) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	byClaims, err := ginTokens(s, false)
	if err != nil {
		return nil, err
	}
	byRow, err := ginTokens(s, true)
	if err != nil {
		return nil, err
	}
	verify := func(raw string) (site.User, error) {
		token, err := byClaims.ParseTokenString(raw)
		if err != nil {
			return site.User{}, site.ErrUnauthenticated
		}
		return ginUser(ginjwt.ExtractClaimsFromToken(token))
	}
	me := func(c *gin.Context) {
		user, _ := c.Get("user")
		c.JSON(http.StatusOK, user)
	}
	router := gin.New()
	router.GET("/w0", func(c *gin.Context) { c.JSON(http.StatusOK, &site.Alice) })
	router.GET("/w1", byClaims.MiddlewareFunc(), me)
	router.GET("/w2", byRow.MiddlewareFunc(), me)
	router.GET("/w3", ginAuth(site.ChainChallenge, func(c *gin.Context) (site.User, error) {
		user, password, ok := c.Request.BasicAuth()
		if !ok {
			return site.User{}, site.ErrUnauthenticated
		}
		return s.StaticBasic(user, password)
	}), me)
	router.GET("/w4", ginAuth("", func(c *gin.Context) (site.User, error) { return s.SessionUser(c.Request.Context(), ginSession(c)) }), me)
	router.GET("/w5", ginAuth("", func(c *gin.Context) (site.User, error) {
		return s.TokenUser(c.Request.Context(), c.GetHeader("X-API-Token"))
	}), me)
	router.GET("/w6", ginAuth(site.ChainChallenge, func(c *gin.Context) (site.User, error) {
		return s.Chain(c.Request.Context(), c.GetHeader("Authorization"), ginSession(c), verify)
	}), me)
	router.POST("/w8", byClaims.MiddlewareFunc(), func(c *gin.Context) {
		var order site.Order
		if err := c.ShouldBindJSON(&order); err != nil {
			c.Data(http.StatusBadRequest, contentType, []byte(site.InvalidBody))
			return
		}
		c.JSON(http.StatusCreated, &order)
	})
	router.GET("/problem", func(c *gin.Context) {
		c.Header("Content-Type", "application/problem+json")
		c.JSON(http.StatusNotFound, noSuchOrder)
	})
	for _, n := range workload.Rows {
		items := site.Items(n)
		router.GET(fmt.Sprintf("/list/%d", n), func(c *gin.Context) { c.JSON(http.StatusOK, items) })
	}
	return router, nil
}

// ginTokens is the middleware of gin-jwt, which reads the user as well if row is set.
func ginTokens(s *site.Site, row bool) (*ginjwt.GinJWTMiddleware, error) {
	return ginjwt.New(&ginjwt.GinJWTMiddleware{
		Realm: "api", Key: []byte(s.Secret), SigningAlgorithm: "HS256", Timeout: time.Hour, TokenLookup: "header:Authorization", TokenHeadName: "Bearer",
		IdentityKey: "user",
		IdentityHandler: func(c *gin.Context) any {
			user, err := ginUser(ginjwt.ExtractClaims(c))
			if err == nil && row {
				user, err = s.UserByID(c.Request.Context(), user.ID)
			}
			if err != nil {
				return nil
			}
			return user
		},
		Authorizator: func(user any, _ *gin.Context) bool { _, ok := user.(site.User); return ok },
		Unauthorized: func(c *gin.Context, _ int, _ string) {
			c.Data(http.StatusUnauthorized, contentType, []byte(site.UnauthenticatedBody))
		},
	})
}

// ginUser checks what gin-jwt does not.
func ginUser(claims map[string]any) (site.User, error) {
	text := func(name string) string { value, _ := claims[name].(string); return value }
	for _, name := range []string{"exp", "iat", "nbf"} {
		if _, ok := claims[name].(float64); !ok {
			return site.User{}, site.ErrUnauthenticated
		}
	}
	id, err := strconv.Atoi(text("sub"))
	if err != nil || text("aud") != site.Audience || text("iss") != site.Issuer || text("type") != "access" || text("jti") == "" {
		return site.User{}, site.ErrUnauthenticated
	}
	return site.User{ID: id, Username: text("username")}, nil
}

func ginAuth(challenge string, user func(*gin.Context) (site.User, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		found, err := user(c)
		if err != nil {
			if challenge != "" {
				c.Header("WWW-Authenticate", challenge)
			}
			c.Data(http.StatusUnauthorized, contentType, []byte(site.UnauthenticatedBody))
			c.Abort()
			return
		}
		c.Set("user", found)
		c.Next()
	}
}

func ginSession(c *gin.Context) string {
	key, err := c.Cookie("sessionid")
	if err != nil {
		return ""
	}
	return key
}
