package page_test

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-modern-rest/rest"
	"github.com/go-modern-rest/rest/auth"
	"github.com/go-modern-rest/rest/page"
)

// Article is an item of the list.
type Article struct {
	ID        int64     `json:"id"`
	Title     string    `json:"title"`
	Published time.Time `json:"published"`
}

// Place is where a page begins: the columns that the list is sorted by. The last one is
// unique.
type Place struct {
	Published time.Time
	ID        int64
}

// ListArticles asks for a page of the articles of an author.
type ListArticles struct {
	page.Query[Place]
	Author string `path:"author"`
}

// Articles is a table of articles.
type Articles struct{ db *sql.DB }

// List reads one article more than the page has, so that New knows whether there is a next
// page. The comparison of rows is that of the SQL standard; SQLite, PostgreSQL and MySQL
// have it, and use the index on (author, published, id).
func (a *Articles) List(ctx context.Context, in ListArticles) (page.Of[Article], error) {
	query, args := `SELECT id, title, published FROM article WHERE author = ?`, []any{in.Author}
	if after, ok := in.After(); ok {
		query, args = query+` AND (published, id) < (?, ?)`, append(args, after.Published, after.ID)
	}
	rows, err := a.db.QueryContext(ctx, query+` ORDER BY published DESC, id DESC LIMIT ?`, append(args, in.Limit+1)...)
	if err != nil {
		return page.Of[Article]{}, err
	}
	defer rows.Close()
	var list []Article
	for rows.Next() {
		var article Article
		if err := rows.Scan(&article.ID, &article.Title, &article.Published); err != nil {
			return page.Of[Article]{}, err
		}
		list = append(list, article)
	}
	return page.New(in.Query, list, func(a Article) Place { return Place{a.Published, a.ID} }), rows.Err()
}

// Keyset paging in SQL: the handler is the method List of Articles.
func Example_sql() {
	articles := &Articles{db: openDatabase()}
	_, err := rest.New(rest.Settings{Title: "Blog", Version: "1"}, rest.Router{Controllers: []rest.Controller{
		{Path: "/authors/{author}/articles", Auth: auth.Public, Get: rest.Handle(articles.List)},
	}})
	fmt.Println(err)
}

func openDatabase() *sql.DB { return nil }
