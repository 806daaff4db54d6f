// Package message holds the texts that clients read, apart from the language they
// read them in.
package message

import "fmt"

// Message is a text for a client: an English template in fmt's notation and its
// arguments. The template is also the key of its translations; it is translated
// when a reply is written, not when the message is made.
type Message struct {
	Text string
	Args []any
}

// New makes a message.
func New(text string, args ...any) Message { return Message{Text: text, Args: args} }

// String returns the English text.
func (m Message) String() string { return m.In(m.Text) }

// In returns the text of the message by another language's template.
func (m Message) In(template string) string {
	if len(m.Args) == 0 {
		return template
	}
	return fmt.Sprintf(template, m.Args...)
}
