package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/auth/basicauth"
	"github.com/go-modern-rest/rest/throttle"
)

// teams has the members of each team: your table.
var teams = map[string][]string{"red": {"alice"}, "blue": {"bob", "carol"}}

var (
	noTeam    = &rest.Error{Status: http.StatusNotFound, Code: "no_team", Msg: "There is no such team"}
	notLeader = &rest.Error{Status: http.StatusForbidden, Code: "not_leader", Msg: "Only the leader of the team may do this"}
)

type OneTeam struct {
	Team string `path:"team"`
	User string `auth:""`
}

// team finds a team of the caller. Another one is a 404: the caller must not know of it.
func (in OneTeam) team() ([]string, error) {
	for _, member := range teams[in.Team] {
		if member == in.User {
			return teams[in.Team], nil
		}
	}
	return nil, noTeam
}

func members(_ context.Context, in OneTeam) ([]string, error) { return in.team() }

// dissolve is for the leader, the first member. The others know the team: 403.
func dissolve(_ context.Context, in OneTeam) (rest.None, error) {
	team, err := in.team()
	if err == nil && team[0] != in.User {
		err = notLeader
	}
	return rest.None{}, err
}

// Staff is a caller who was found to be staff. A handler that wants a Staff cannot be
// reached by anyone else: rest.New refuses an Auth that yields another type.
type Staff struct{ Name string }

func staffOf(_ context.Context, name string) (*Staff, error) {
	if name != "alice" {
		return nil, &auth.Error{Status: http.StatusForbidden, Code: "not_staff", Msg: "Staff only"}
	}
	return &Staff{name}, nil
}

type ForStaff struct {
	Staff *Staff `auth:""`
}

func all(context.Context, ForStaff) (int, error) { return len(teams), nil }

func main() {
	users := basicauth.New(basicauth.Static(map[string]string{"alice": "a-pass", "bob": "b-pass", "carol": "c-pass"}), basicauth.Config{})
	staff := auth.Narrow(users, staffOf, auth.Refusal{Status: http.StatusForbidden, Description: "The caller is not staff"})
	perUser := throttle.New(throttle.Limit{Requests: 100, Window: time.Minute, Key: throttle.By(func(name string) (string, bool) { return name, true })})

	api, err := rest.New(rest.Settings{Title: "Teams", Version: "1", ErrorFormat: rest.Problem, Auth: users}, rest.Router{
		Path:   "/teams",
		Limits: []rest.Limiter{perUser},
		Errors: []error{noTeam},
		Controllers: []rest.Controller{{
			Path:   "/{team}/",
			Get:    rest.Handle(members),
			Delete: rest.Handle(dissolve, rest.Op{Errors: []error{notLeader}}),
		}},
	}, rest.Router{
		Path: "/staff", Auth: staff,
		Controllers: []rest.Controller{{Path: "/teams/", Get: rest.Handle(all)}},
	})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: "127.0.0.1:8000", Handler: api,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, // of a request
		WriteTimeout: 40 * time.Second, IdleTimeout: 2 * time.Minute, // WriteTimeout includes reading the body
	}
	log.Fatal(server.ListenAndServe())
}
