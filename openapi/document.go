package openapi

import "strings"

// Document is the root (OpenAPI Object).
type Document struct {
	OpenAPI    string                `json:"openapi"` // the version, for example "3.2.0"
	Info       Info                  `json:"info"`
	Servers    []Server              `json:"servers,omitempty"`
	Paths      map[string]*PathItem  `json:"paths"`
	Components *Components           `json:"components,omitempty"`
	Security   []SecurityRequirement `json:"security,omitempty"`
	Tags       []Tag                 `json:"tags,omitempty"`
	// Webhooks are requests that the API sends, by name.
	Webhooks     map[string]*PathItem `json:"webhooks,omitempty"`
	ExternalDocs *ExternalDocs        `json:"externalDocs,omitempty"`
	Extensions   Extensions           `json:"-"`
}

// Info describes the API (Info Object). Title and Version are required.
type Info struct {
	Title       string   `json:"title"`
	Summary     string   `json:"summary,omitempty"`
	Description string   `json:"description,omitempty"`
	Contact     *Contact `json:"contact,omitempty"`
	License     *License `json:"license,omitempty"`
	Version     string   `json:"version"`

	TermsOfService string     `json:"termsOfService,omitempty"` // a URL
	Extensions     Extensions `json:"-"`
}

// Contact names who answers for the API (Contact Object).
type Contact struct {
	Name  string `json:"name,omitempty"`
	URL   string `json:"url,omitempty"`
	Email string `json:"email,omitempty"`
}

// License of the API (License Object).
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier,omitempty"`
	URL        string `json:"url,omitempty"`
}

// Server is a base URL of the API (Server Object).
type Server struct {
	URL         string     `json:"url"`
	Description string     `json:"description,omitempty"`
	Extensions  Extensions `json:"-"`
}

// ExternalDocs is a link to documentation (External Documentation Object).
type ExternalDocs struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
}

// Tag describes a group of operations (Tag Object).
type Tag struct {
	Name         string        `json:"name"`
	Summary      string        `json:"summary,omitempty"` // a short title; since OpenAPI 3.2
	Description  string        `json:"description,omitempty"`
	Parent       string        `json:"parent,omitempty"` // the name of the tag that this one is below; since OpenAPI 3.2
	Kind         string        `json:"kind,omitempty"`   // for example "nav", "badge" or "audience"; since OpenAPI 3.2
	ExternalDocs *ExternalDocs `json:"externalDocs,omitempty"`
	Extensions   Extensions    `json:"-"`
}

// PathItem holds the operations of one path (Path Item Object).
type PathItem struct {
	Summary     string     `json:"summary,omitempty"`
	Description string     `json:"description,omitempty"`
	Get         *Operation `json:"get,omitempty"`
	Put         *Operation `json:"put,omitempty"`
	Post        *Operation `json:"post,omitempty"`
	Delete      *Operation `json:"delete,omitempty"`
	Options     *Operation `json:"options,omitempty"`
	Head        *Operation `json:"head,omitempty"`
	Patch       *Operation `json:"patch,omitempty"`
	Query       *Operation `json:"query,omitempty"` // since OpenAPI 3.2
	Extensions  Extensions `json:"-"`
}

// Set puts an operation in the field of its HTTP method. It reports whether
// OpenAPI has a field for the method.
func (p *PathItem) Set(method string, op *Operation) bool {
	slot := p.slot(method)
	if slot == nil {
		return false
	}
	*slot = op
	return true
}

// Operation returns the operation of an HTTP method, or nil.
func (p *PathItem) Operation(method string) *Operation {
	if slot := p.slot(method); slot != nil {
		return *slot
	}
	return nil
}

func (p *PathItem) slot(method string) **Operation {
	switch method {
	case "GET":
		return &p.Get
	case "PUT":
		return &p.Put
	case "POST":
		return &p.Post
	case "DELETE":
		return &p.Delete
	case "OPTIONS":
		return &p.Options
	case "HEAD":
		return &p.Head
	case "PATCH":
		return &p.Patch
	case "QUERY":
		return &p.Query
	}
	return nil
}

// Methods lists the HTTP methods that a path item has a field for, in document order.
func Methods() []string {
	return []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "QUERY"}
}

// Operation is one method of one path (Operation Object).
type Operation struct {
	Tags        []string             `json:"tags,omitempty"`
	Summary     string               `json:"summary,omitempty"`
	Description string               `json:"description,omitempty"`
	OperationID string               `json:"operationId,omitempty"`
	Parameters  []Parameter          `json:"parameters,omitempty"`
	RequestBody *RequestBody         `json:"requestBody,omitempty"`
	Responses   map[string]*Response `json:"responses"` // keys are statuses
	Deprecated  *bool                `json:"deprecated,omitempty"`
	// Security lists the alternatives. nil is left out (the document's own
	// applies), an empty list says that nothing is required.
	Security []SecurityRequirement `json:"security,omitzero"`
	// Callbacks are requests that the API sends because of this operation, by name.
	Callbacks    map[string]Callback `json:"callbacks,omitempty"`
	ExternalDocs *ExternalDocs       `json:"externalDocs,omitempty"`
	Servers      []Server            `json:"servers,omitempty"`
	Extensions   Extensions          `json:"-"`
}

// Callback holds the requests of a callback. The keys are runtime expressions for its URL,
// for example "{$request.body#/url}" (Callback Object).
type Callback map[string]*PathItem

// SecurityRequirement is one alternative: all of its schemes together.
// An empty requirement means that anonymous requests pass.
type SecurityRequirement map[string][]string

// Parameter of an operation (Parameter Object).
type Parameter struct {
	Name        string  `json:"name"`
	In          string  `json:"in"` // path, query, header or cookie
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Deprecated  bool    `json:"deprecated,omitempty"`
	Style       string  `json:"style,omitempty"`
	Explode     *bool   `json:"explode,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
	Example     any     `json:"example,omitempty"`

	Extensions Extensions `json:"-"`
}

// RequestBody of an operation (Request Body Object).
type RequestBody struct {
	Description string               `json:"description,omitempty"`
	Content     map[string]MediaType `json:"content"` // keys are media types
	Required    bool                 `json:"required,omitempty"`
}

// MediaType is the content of one media type (Media Type Object).
type MediaType struct {
	Schema *Schema `json:"schema,omitempty"`
	// ItemSchema describes each item of a stream, since OpenAPI 3.2.
	ItemSchema *Schema             `json:"itemSchema,omitempty"`
	Example    any                 `json:"example,omitempty"`
	Examples   map[string]Example  `json:"examples,omitempty"` // by name, instead of Example
	Encoding   map[string]Encoding `json:"encoding,omitempty"`
}

// Example is one of several (Example Object).
type Example struct {
	Summary string `json:"summary,omitempty"`
	Value   any    `json:"value"`
}

// Encoding of one property of a form (Encoding Object).
type Encoding struct {
	ContentType string `json:"contentType,omitempty"`
}

// Response of an operation (Response Object), or a reference to one in the components.
type Response struct {
	// Ref is the reference, see [ResponseRef]. The document then leaves out the other fields.
	Ref         string               `json:"-"`
	Description string               `json:"description"`
	Headers     map[string]Header    `json:"headers,omitempty"`
	Content     map[string]MediaType `json:"content,omitempty"`
	Extensions  Extensions           `json:"-"`
}

// ResponseRef refers to a reply in the document's components.
func ResponseRef(name string) *Response { return &Response{Ref: responsePrefix + name} }

const responsePrefix = "#/components/responses/"

// Header of a response (Header Object).
type Header struct {
	Description string  `json:"description,omitempty"`
	Required    bool    `json:"required,omitempty"`
	Schema      *Schema `json:"schema,omitempty"`
}

// Components are the named objects of a document (Components Object).
type Components struct {
	Schemas         map[string]*Schema        `json:"schemas,omitempty"`
	Responses       map[string]*Response      `json:"responses,omitempty"`
	SecuritySchemes map[string]SecurityScheme `json:"securitySchemes,omitempty"`
}

// SecurityScheme describes how a credential is sent (Security Scheme Object).
type SecurityScheme struct {
	Type              string      `json:"type"` // apiKey, http, mutualTLS, oauth2 or openIdConnect
	Description       string      `json:"description,omitempty"`
	Name              string      `json:"name,omitempty"`              // apiKey: of the header, query parameter or cookie
	In                string      `json:"in,omitempty"`                // apiKey: query, header or cookie
	Scheme            string      `json:"scheme,omitempty"`            // http: the RFC 9110 scheme, for example "bearer"
	BearerFormat      string      `json:"bearerFormat,omitempty"`      // http bearer: a hint, for example "JWT"
	Flows             *OAuthFlows `json:"flows,omitempty"`             // oauth2
	OAuth2MetadataURL string      `json:"oauth2MetadataUrl,omitempty"` // oauth2: of RFC 8414; since OpenAPI 3.2
	OpenIDConnectURL  string      `json:"openIdConnectUrl,omitempty"`
	Deprecated        bool        `json:"deprecated,omitempty"` // since OpenAPI 3.2
	Extensions        Extensions  `json:"-"`
}

// OAuthFlows are the grants of an OAuth 2 scheme (OAuth Flows Object).
type OAuthFlows struct {
	Implicit            *OAuthFlow `json:"implicit,omitempty"`
	Password            *OAuthFlow `json:"password,omitempty"`
	ClientCredentials   *OAuthFlow `json:"clientCredentials,omitempty"`
	AuthorizationCode   *OAuthFlow `json:"authorizationCode,omitempty"`
	DeviceAuthorization *OAuthFlow `json:"deviceAuthorization,omitempty"` // since OpenAPI 3.2
}

// OAuthFlow is one grant (OAuth Flow Object). Which URLs it needs depends on the grant.
type OAuthFlow struct {
	AuthorizationURL       string            `json:"authorizationUrl,omitempty"`
	DeviceAuthorizationURL string            `json:"deviceAuthorizationUrl,omitempty"` // since OpenAPI 3.2
	TokenURL               string            `json:"tokenUrl,omitempty"`
	RefreshURL             string            `json:"refreshUrl,omitempty"`
	Scopes                 map[string]string `json:"scopes"` // descriptions by name; may be empty
}

// JSON returns the document as JSON. Map keys are sorted, so equal documents are
// equal bytes.
func (d *Document) JSON() ([]byte, error) { return marshal(d) }

// Resolve returns the reply that a reference points to, or nil if the components do not have
// it. It returns a reply that is not a reference as it is.
func (d *Document) Resolve(r *Response) *Response {
	if r == nil || r.Ref == "" {
		return r
	}
	name, ok := strings.CutPrefix(r.Ref, responsePrefix)
	if !ok || d.Components == nil {
		return nil
	}
	return d.Components.Responses[name]
}
