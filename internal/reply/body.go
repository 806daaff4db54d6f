package reply

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/go-modern-rest/rest/internal/schema"
)

// Kind says how a body is sent.
type Kind uint8

// The kinds of bodies.
const (
	None    Kind = iota
	Value        // a value that the codec encodes
	Bytes        // a []byte or string of a media type, sent whole
	Reader       // an io.Reader that is copied
	Writer       // a func(io.Writer) error that writes the body
	Content      // a rest.Content
	Stream       // a rest.Stream
)

// Body is how the body of a reply is sent.
type Body struct {
	Kind Kind
	// Item is the plan of the items of a stream, or of their data if they are events.
	Item *schema.Node
	// ItemType is the type of the items of a stream.
	ItemType reflect.Type
	// Events reports whether the items of a stream are events.
	Events bool

	value      *schema.Value // of the kind Value
	typ        reflect.Type
	offset     uintptr
	doc        string
	mediaTypes []mediaType
}

// mediaType is a media type, or a range of them, that a body can have.
type mediaType struct {
	text string // as written, with parameters
	name string // lower case, without parameters
}

// isRange reports whether a media type stands for several, as image/* does.
func (m mediaType) isRange() bool { return strings.HasSuffix(m.name, "/*") }

// covers reports whether a media type in lower case without parameters is m, or in its range.
func (m mediaType) covers(name string) bool {
	return name == m.name || m.name == "*/*" || m.isRange() && strings.HasPrefix(name, strings.TrimSuffix(m.name, "*"))
}

// Streamed reports whether the body is produced while it is sent.
func (b *Body) Streamed() bool { return b.Kind >= Reader }

// MediaTypes lists the media types of a body that no codec encodes, without parameters. It
// may have ranges, such as image/*.
func (b *Body) MediaTypes() []string {
	var names []string
	for _, m := range b.mediaTypes {
		names = append(names, m.name)
	}
	return names
}

var (
	typeReader = reflect.TypeFor[io.Reader]()
	typeWriter = reflect.TypeFor[func(io.Writer) error]()
	typeSeq    = reflect.TypeFor[iter.Seq2[any, error]]()
)

func (p *Plan) addBody(c *schema.Compiler, f reflect.StructField, at uintptr, types Types) error {
	if p.Body.Kind != None {
		return errors.New("the output has a second body")
	}
	b := Body{typ: f.Type, offset: at, doc: f.Tag.Get("doc")}
	tag := f.Tag.Get("body")
	if item, events, ok := types.Stream(f.Type); ok {
		if err := schema.TagError(f.Tag, "doc"); err != nil {
			return err
		}
		if tag != "" {
			return errors.New("a stream is sent as text/event-stream or application/jsonl; leave the body tag empty")
		}
		if item.Kind() == reflect.Pointer && types.Event(item.Elem()) {
			return fmt.Errorf("the items of a stream are events, not pointers to them; return a rest.Stream[%v]", item.Elem())
		}
		return p.addStream(c, b, item, events)
	}
	if types.Event(f.Type) {
		return fmt.Errorf("a %v is an item of a rest.Stream, and cannot be a body", f.Type)
	}
	b.Kind = kindOf(f.Type, types)
	if tag == "" {
		return p.addValue(c, b, f)
	}
	if b.Kind == None {
		return fmt.Errorf("a body of the media type %s is a []byte, a string, an io.Reader, a func(io.Writer) error or a rest.Content, not a %v; leave the body tag empty for a value that codecs encode", tag, f.Type)
	}
	if err := schema.TagError(f.Tag, "doc"); err != nil {
		return err
	}
	var err error
	b.mediaTypes, err = parseMediaTypes(tag)
	p.Body = b
	return err
}

// addValue adds a body that codecs encode.
func (p *Plan) addValue(c *schema.Compiler, b Body, f reflect.StructField) error {
	if b.Kind > Bytes {
		return fmt.Errorf("a %v is sent as it is, so the body needs a media type; put it in a field with a tag such as body:\"application/pdf\"", f.Type)
	}
	if isSeq(f.Type) {
		return fmt.Errorf("a %v is not a stream; convert it to a rest.Stream", f.Type)
	}
	if f.Type.Kind() == reflect.Chan {
		return fmt.Errorf("a %v is not a stream; make one of it with rest.Receive", f.Type)
	}
	b.Kind = Value
	var err error
	b.value, err = c.CompileField(f.Type, f.Tag)
	p.Body = b
	return errors.Join(err, checkOutputTags(f.Tag))
}

// checkOutputTags refuses tags that say something about values that are read.
func checkOutputTags(tag reflect.StructTag) error {
	for _, key := range []string{"default", "readOnly", "writeOnly"} {
		if _, ok := tag.Lookup(key); ok {
			return fmt.Errorf("the tag %s does not apply to a reply", key)
		}
	}
	return nil
}

func (p *Plan) addStream(c *schema.Compiler, b Body, item reflect.Type, events bool) error {
	b.Kind, b.ItemType, b.Events = Stream, item, events
	b.mediaTypes = []mediaType{{EventStream, EventStream}}
	data := item
	if events {
		field, _ := item.FieldByName("Data")
		data = field.Type
	} else {
		b.mediaTypes = append(b.mediaTypes, mediaType{JSONLines, JSONLines})
	}
	var err error
	b.Item, err = c.Compile(data)
	p.Body = b
	return err
}

// The media types of streams.
const (
	EventStream = "text/event-stream"
	JSONLines   = "application/jsonl"
)

// kindOf returns how a value of a type is sent if its body has a media type: None if it
// cannot be.
func kindOf(t reflect.Type, types Types) Kind {
	switch {
	case t == types.Content:
		return Content
	case t.ConvertibleTo(typeWriter):
		return Writer
	case t.Implements(typeReader):
		return Reader
	case t.Kind() == reflect.String, t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return Bytes
	}
	return None
}

// isSeq reports whether a type has the form of an iter.Seq2 whose second value is an error.
func isSeq(t reflect.Type) bool {
	if t.Kind() != reflect.Func || t.NumIn() != 1 || t.NumOut() != 0 {
		return false
	}
	yield, want := t.In(0), typeSeq.In(0)
	return yield.Kind() == reflect.Func && yield.NumIn() == 2 && yield.NumOut() == 1 && yield.In(1) == want.In(1) && yield.Out(0) == want.Out(0)
}

// parseMediaTypes reads the tag of a body.
func parseMediaTypes(tag string) ([]mediaType, error) {
	var list []mediaType
	for text := range strings.SplitSeq(tag, ",") {
		text = strings.TrimSpace(text)
		name, _, err := mime.ParseMediaType(text)
		kind, sub, slash := strings.Cut(name, "/")
		switch {
		case err != nil || !slash || kind == "*" && sub != "*":
			return nil, fmt.Errorf("the body tag has %q; want a media type such as text/csv, several with commas, or a range such as image/*", text)
		case slices.ContainsFunc(list, func(m mediaType) bool { return m.name == name }):
			return nil, fmt.Errorf("the body tag has %s twice", name)
		}
		list = append(list, mediaType{text, name})
	}
	return list, nil
}

// checkContentType finds mistakes in how the media type of a body is said.
func (p *Plan) checkContentType() []error {
	types := p.Body.mediaTypes
	switch sent := p.Body.Kind; {
	case p.typeAt >= 0 && (sent <= Value || sent == Stream):
		return []error{fmt.Errorf("field %s: the header Content-Type cannot be set: %s", p.headers[p.typeAt].field, ownedHeaders["Content-Type"])}
	case p.typeAt < 0 && (len(types) > 1 || len(types) == 1 && types[0].isRange()) && sent != Stream:
		return []error{errors.New("the body can have several media types; add a string field tagged header:\"Content-Type\" that says which")}
	}
	return nil
}

// ContentType returns the media type that a result names for its body. If it names none, it
// is the first of the tag, or nothing if that is a range. It reports false if the tag does
// not list the media type.
func (p *Plan) ContentType(value unsafe.Pointer) (text string, ok bool) {
	types := p.Body.mediaTypes
	if p.typeAt >= 0 {
		if text = *(*string)(unsafe.Add(value, p.headers[p.typeAt].offset)); text != "" {
			name, _, err := mime.ParseMediaType(text)
			return text, err == nil && !strings.Contains(name, "*") && slices.ContainsFunc(types, func(m mediaType) bool { return m.covers(name) })
		}
	}
	if types[0].isRange() {
		return "", false
	}
	return types[0].text, true
}

// AppendJSON appends the body as JSON, for a codec.
func (b *Body) AppendJSON(dst []byte, value unsafe.Pointer) ([]byte, error) {
	return b.value.Append(dst, unsafe.Add(value, b.offset))
}

// Bytes returns the body of a result whose kind is Bytes. The caller must not change it.
func (b *Body) Bytes(value unsafe.Pointer) []byte {
	at := unsafe.Add(value, b.offset)
	if b.typ.Kind() == reflect.String {
		text := *(*string)(at)
		return unsafe.Slice(unsafe.StringData(text), len(text))
	}
	return *(*[]byte)(at)
}

// Reader returns the body of a result whose kind is Reader, or nil.
func (b *Body) Reader(value unsafe.Pointer) io.Reader {
	at := unsafe.Add(value, b.offset)
	if b.typ == typeReader {
		return *(*io.Reader)(at)
	}
	field := reflect.NewAt(b.typ, at).Elem()
	switch field.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Func, reflect.Chan, reflect.Slice:
		if field.IsNil() {
			return nil
		}
	}
	reader, _ := field.Interface().(io.Reader)
	return reader
}

// Writer returns the body of a result whose kind is Writer, or nil.
func (b *Body) Writer(value unsafe.Pointer) func(io.Writer) error {
	return *(*func(io.Writer) error)(unsafe.Add(value, b.offset))
}

// At returns the address of the body of a result, whose type the plan was compiled for.
func (b *Body) At(value unsafe.Pointer) unsafe.Pointer { return unsafe.Add(value, b.offset) }

// Type returns the type of the body.
func (b *Body) Type() reflect.Type { return b.typ }
