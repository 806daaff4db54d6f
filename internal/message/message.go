// Package message represents the texts that clients read, so that they can be translated
// when a reply is written.
package message

import "fmt"

// Message is a text for a client: an English template in the notation of package fmt, and
// its arguments. The template is the key of its translations.
type Message struct {
	Text string
	Args []any
}

// New returns a message.
func New(text string, args ...any) Message { return Message{Text: text, Args: args} }

// String returns the English text.
func (m Message) String() string { return m.In(m.Text) }

// In returns the text of the message with a translated template.
func (m Message) In(template string) string {
	if len(m.Args) == 0 {
		return template
	}
	return fmt.Sprintf(template, m.Args...)
}
