package peers

import (
	"fmt"
	"log/slog"
	"net/http"

	"github.com/go-fuego/fuego"

	"github.com/go-modern-rest/rest/benchmark/site"
	"github.com/go-modern-rest/rest/benchmark/workload"
)

var fuegoPeer = Peer{
	Name: "fuego",
	Note: "fuego on http.ServeMux, its validator v10, golang-jwt v5 by hand",
	HTTP: newFuego,
}

func newFuego(s *site.Site) (http.Handler, error) {
	server := fuego.NewServer(fuego.WithoutStartupMessages(), fuego.WithLogHandler(slog.DiscardHandler),
		fuego.WithLoggingMiddleware(fuego.LoggingConfig{DisableRequest: true, DisableResponse: true}),
		fuego.WithEngineOptions(fuego.WithOpenAPIConfig(fuego.OpenAPIConfig{Disabled: true, DisableLocalSave: true, DisableSwaggerUI: true, DisableMessages: true})))
	auth := newByHand(s)
	me := func(c fuego.ContextNoBody) (site.User, error) { return c.Context().Value(userKey{}).(site.User), nil }
	fuego.Get(server, "/w0", func(fuego.ContextNoBody) (site.User, error) { return site.Alice, nil })
	fuego.Get(server, "/w1", me, fuego.OptionMiddleware(auth.jwt))
	fuego.Get(server, "/w2", me, fuego.OptionMiddleware(auth.jwtUser))
	fuego.Get(server, "/w3", me, fuego.OptionMiddleware(auth.basic))
	fuego.Get(server, "/w4", me, fuego.OptionMiddleware(auth.session))
	fuego.Get(server, "/w5", me, fuego.OptionMiddleware(auth.token))
	fuego.Get(server, "/w6", me, fuego.OptionMiddleware(auth.chain))
	fuego.Post(server, "/w8", func(c fuego.ContextWithBody[site.Order]) (site.Order, error) { return c.Body() },
		fuego.OptionMiddleware(auth.jwt), fuego.OptionDefaultStatusCode(http.StatusCreated))
	fuego.Get(server, "/problem", func(fuego.ContextNoBody) (site.User, error) {
		return site.User{}, fuego.NotFoundError{Title: "Not Found", Detail: "No such order"}
	})
	for _, n := range workload.Rows {
		items := site.Items(n)
		fuego.Get(server, fmt.Sprintf("/list/%d", n), func(fuego.ContextNoBody) ([]site.Item, error) { return items, nil })
	}
	return server.Mux, nil
}
