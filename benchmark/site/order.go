package site

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Order is the body that workload W8 sends: ten fields and twenty items. Its tags are those of
// validator, gin and huma.
type Order struct {
	OrderID       string   `json:"order_id" validate:"min=1,max=32" binding:"min=1,max=32" minLength:"1" maxLength:"32"`
	CustomerEmail string   `json:"customer_email" validate:"contains=@,max=254" binding:"contains=@,max=254" pattern:"@" maxLength:"254"`
	Status        string   `json:"status" validate:"oneof=new paid shipped" binding:"oneof=new paid shipped" enum:"new,paid,shipped"`
	Currency      string   `json:"currency" validate:"len=3" binding:"len=3" minLength:"3" maxLength:"3"`
	Priority      int      `json:"priority" validate:"min=0,max=10" binding:"min=0,max=10" minimum:"0" maximum:"10"`
	Total         float64  `json:"total" validate:"min=0" binding:"min=0" minimum:"0"`
	Paid          bool     `json:"paid"`
	Note          string   `json:"note" validate:"max=200" binding:"max=200" maxLength:"200"`
	CreatedAt     int64    `json:"created_at" validate:"min=0" binding:"min=0" minimum:"0"`
	Tags          []string `json:"tags" validate:"max=10,dive,min=1,max=32" binding:"max=10,dive,min=1,max=32" maxItems:"10" items.minLength:"1" items.maxLength:"32"`
	Items         []Item   `json:"items" validate:"min=1,max=100,dive" binding:"min=1,max=100,dive" minItems:"1" maxItems:"100"`
}

// Item is a line of an Order, and a row of the workloads that reply with a list.
type Item struct {
	SKU   string  `json:"sku" validate:"min=1,max=32" binding:"min=1,max=32" minLength:"1" maxLength:"32"`
	Name  string  `json:"name" validate:"min=1,max=64" binding:"min=1,max=64" minLength:"1" maxLength:"64"`
	Qty   int     `json:"qty" validate:"min=1,max=1000" binding:"min=1,max=1000" minimum:"1" maximum:"1000"`
	Price float64 `json:"price" validate:"min=0" binding:"min=0" minimum:"0"`
}

// Items returns n items.
func Items(n int) []Item {
	items := make([]Item, n)
	for i := range items {
		items[i] = Item{SKU: fmt.Sprintf("SKU-%05d", i+1), Name: fmt.Sprintf("Widget model %d", i+1), Qty: (i+1)%7 + 1, Price: float64(995+125*(i%1000)) / 100}
	}
	return items
}

// NewOrder returns an order of n items that passes all checks.
func NewOrder(n int) Order {
	return Order{
		OrderID: "ORD-2026-000123", CustomerEmail: "alice@example.com", Status: "new", Currency: "EUR", Priority: 3, Total: 1234.5, Paid: true,
		Note: "Leave the parcel at the front desk, please.", CreatedAt: 1767225600, Tags: []string{"gift", "fragile", "eu"}, Items: Items(n),
	}
}

// JSON returns the order as a client sends it.
func (o Order) JSON() string { return text(o) }

// text encodes a value that can always be encoded.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Valid checks what the tags of an Order say, by hand.
func (o *Order) Valid() bool {
	switch o.Status {
	case "new", "paid", "shipped":
	default:
		return false
	}
	for _, tag := range o.Tags {
		if !within(tag, 1, 32) {
			return false
		}
	}
	for i := range o.Items {
		if !o.Items[i].valid() {
			return false
		}
	}
	return within(o.OrderID, 1, 32) && within(o.CustomerEmail, 0, 254) && strings.Contains(o.CustomerEmail, "@") &&
		within(o.Currency, 3, 3) && o.Priority >= 0 && o.Priority <= 10 && o.Total >= 0 && within(o.Note, 0, 200) &&
		o.CreatedAt >= 0 && len(o.Tags) <= 10 && len(o.Items) >= 1 && len(o.Items) <= 100
}

func (i *Item) valid() bool {
	return within(i.SKU, 1, 32) && within(i.Name, 1, 64) && i.Qty >= 1 && i.Qty <= 1000 && i.Price >= 0
}

// within reports whether a text has at least low and at most high characters.
func within(text string, low, high int) bool {
	n := len(text)
	if n > high || n < 4*low { // otherwise the number of bytes decides
		n = utf8.RuneCountInString(text)
	}
	return n >= low && n <= high
}
