package schema

// The texts of issues, for clients that know JSON. Each is an English template in
// fmt's notation and the key of its translations. A text that ends in 1 is for the
// number one.
const (
	MsgRequired = "A value is required"
	MsgUnknown  = "This member is unknown"
	MsgInvalid  = "The value is not valid"
	MsgEmpty    = "The body is empty"
	MsgQuery    = "The query string is malformed"
	MsgMore     = "There are more mistakes, which are not listed"

	MsgString  = "Expected a string"
	MsgInteger = "Expected an integer"
	MsgNumber  = "Expected a number"
	MsgBoolean = "Expected true or false"
	MsgArray   = "Expected an array"
	MsgObject  = "Expected an object"
	MsgFile    = "Expected a file"
	MsgNoFile  = "Expected a text, not a file"
	MsgUTF8    = "Expected valid UTF-8"

	MsgMinLength1 = "Expected at least %d character"
	MsgMinLength  = "Expected at least %d characters"
	MsgMaxLength1 = "Expected at most %d character"
	MsgMaxLength  = "Expected at most %d characters"
	MsgPattern    = "Expected a text that matches the pattern '%s'"

	MsgMinimum          = "Expected a number that is %s or greater"
	MsgMaximum          = "Expected a number that is %s or less"
	MsgExclusiveMinimum = "Expected a number greater than %s"
	MsgExclusiveMaximum = "Expected a number less than %s"
	MsgMultipleOf       = "Expected a multiple of %s"
	// MsgEnum takes the values as 'a', 'b', 'c'.
	MsgEnum1 = "Expected %s"
	MsgEnum  = "Expected one of %s"

	MsgMinItems1      = "Expected at least %d item, got %d"
	MsgMinItems       = "Expected at least %d items, got %d"
	MsgMaxItems1      = "Expected at most %d item, got %d"
	MsgMaxItems       = "Expected at most %d items, got %d"
	MsgUniqueItems    = "Expected items that are all different"
	MsgMinProperties1 = "Expected at least %d member, got %d"
	MsgMinProperties  = "Expected at least %d members, got %d"
	MsgMaxProperties1 = "Expected at most %d member, got %d"
	MsgMaxProperties  = "Expected at most %d members, got %d"

	MsgEmail           = "Expected an email address such as name@example.com"
	MsgURI             = "Expected a URI such as https://example.com/path"
	MsgURIReference    = "Expected a URI reference such as /path or https://example.com/path"
	MsgURITemplate     = "Expected a URI template such as /users/{id}"
	MsgUUID            = "Expected a UUID such as 123e4567-e89b-42d3-a456-426614174000"
	MsgDateTime        = "Expected a date and time such as 2026-01-02T15:04:05Z"
	MsgDate            = "Expected a date such as 2026-01-31"
	MsgTime            = "Expected a time such as 15:04:05Z"
	MsgDuration        = "Expected a duration such as PT1H30M"
	MsgIPv4            = "Expected an IPv4 address such as 192.0.2.1"
	MsgIPv6            = "Expected an IPv6 address such as 2001:db8::1"
	MsgHostname        = "Expected a host name such as www.example.com"
	MsgBase64          = "Expected base64 with padding, such as aGk="
	MsgJSONPointer     = "Expected a JSON pointer such as /items/0"
	MsgRelativePointer = "Expected a relative JSON pointer such as 1/items"

	MsgTruncated     = "JSON is malformed: it ends too early"
	MsgBadCharacter  = "JSON is malformed: invalid character (byte %d)"
	MsgBadNumber     = "JSON is malformed: invalid number (byte %d)"
	MsgBadEscape     = "JSON is malformed: invalid escape sequence in string (byte %d)"
	MsgBadUTF8       = "JSON is malformed: invalid UTF-8 (byte %d)"
	MsgDuplicateName = "JSON is malformed: duplicate key (byte %d)"
	MsgTrailing      = "JSON is malformed: trailing characters (byte %d)"
	MsgTooDeep       = "JSON is nested deeper than %d levels"
)
