// Serve is one peer as a server.
//
//	serve -peer ours -dir SITE -port 9000
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/go-modern-rest/rest/benchmark/peers"
	"github.com/go-modern-rest/rest/benchmark/site"
)

func main() {
	peer := flag.String("peer", peers.Ours, "name of the peer")
	dir := flag.String("dir", "", "folder of a site")
	port := flag.String("port", "9000", "port on 127.0.0.1")
	flag.Parse()
	if err := run(context.Background(), *peer, *dir, *port); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, peer, dir, port string) error {
	chosen, err := peers.Named(peer)
	if err != nil {
		return err
	}
	s, err := site.Open(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	if chosen[0].Fast != nil {
		handler, err := chosen[0].Fast(s)
		if err != nil {
			return err
		}
		return (&fasthttp.Server{Handler: handler}).Serve(listener)
	}
	handler, err := chosen[0].HTTP(s)
	if err != nil {
		return err
	}
	return (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}
