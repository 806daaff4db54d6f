package schema

// The texts of validation issues. A text is at once the English template and the
// key of its translations. They are those of the recorded reference where it has
// one (pydantic's for values, msgspec's for JSON syntax).
const (
	MsgRequired = "Field required"
	MsgExtra    = "Extra inputs are not permitted"
	MsgInvalid  = "Input is not valid"
	MsgMore     = "There are more mistakes, which are not listed"

	MsgString       = "Input should be a valid string"
	MsgInteger      = "Input should be a valid integer"
	MsgIntegerText  = "Input should be a valid integer, unable to parse string as an integer"
	MsgIntegerFract = "Input should be a valid integer, got a number with a fractional part"
	MsgNumber       = "Input should be a valid number"
	MsgNumberText   = "Input should be a valid number, unable to parse string as a number"
	MsgFinite       = "Input should be a finite number"
	MsgBoolean      = "Input should be a valid boolean"
	MsgBooleanText  = "Input should be a valid boolean, unable to interpret input"
	MsgList         = "Input should be a valid list"
	MsgObject       = "Input should be a valid dictionary"

	MsgMinLength1 = "String should have at least %d character"
	MsgMinLength  = "String should have at least %d characters"
	MsgMaxLength1 = "String should have at most %d character"
	MsgMaxLength  = "String should have at most %d characters"
	MsgPattern    = "String should match pattern '%s'"

	MsgMinimum          = "Input should be greater than or equal to %s"
	MsgMaximum          = "Input should be less than or equal to %s"
	MsgExclusiveMinimum = "Input should be greater than %s"
	MsgExclusiveMaximum = "Input should be less than %s"
	MsgMultipleOf       = "Input should be a multiple of %s"
	// MsgEnum takes the values as "'a', 'b' or 'c'".
	MsgEnum = "Input should be %s"

	MsgMinItems1      = "List should have at least %d item after validation, not %d"
	MsgMinItems       = "List should have at least %d items after validation, not %d"
	MsgMaxItems1      = "List should have at most %d item after validation, not %d"
	MsgMaxItems       = "List should have at most %d items after validation, not %d"
	MsgUniqueItems    = "List should have unique items"
	MsgMinProperties1 = "Dictionary should have at least %d item after validation, not %d"
	MsgMinProperties  = "Dictionary should have at least %d items after validation, not %d"
	MsgMaxProperties1 = "Dictionary should have at most %d item after validation, not %d"
	MsgMaxProperties  = "Dictionary should have at most %d items after validation, not %d"

	MsgEmail    = "Input should be a valid email address"
	MsgURI      = "Input should be a valid URL"
	MsgUUID     = "Input should be a valid UUID"
	MsgDateTime = "Input should be a valid datetime"
	MsgDate     = "Input should be a valid date"
	MsgTime     = "Input should be a valid time"
	MsgDuration = "Input should be a valid duration"
	MsgIPv4     = "Input should be a valid IPv4 address"
	MsgIPv6     = "Input should be a valid IPv6 address"
	MsgHostname = "Input should be a valid host name"
	MsgBase64   = "Input should be valid base64 data"

	MsgURITemplate = "Input should be a valid URI template"
	MsgJSONPointer = "Input should be a valid JSON pointer"
	MsgUTF8        = "Input should be valid UTF-8"
	MsgFile        = "Input should be a file"
	MsgNoFile      = "Input should not be a file"

	MsgTruncated     = "Input data was truncated"
	MsgBadCharacter  = "JSON is malformed: invalid character (byte %d)"
	MsgBadNumber     = "JSON is malformed: invalid number (byte %d)"
	MsgBadEscape     = "JSON is malformed: invalid escape sequence in string (byte %d)"
	MsgBadUTF8       = "JSON is malformed: invalid UTF-8 (byte %d)"
	MsgDuplicateName = "JSON is malformed: duplicate key (byte %d)"
	MsgTrailing      = "JSON is malformed: trailing characters (byte %d)"
	MsgTooDeep       = "JSON is nested deeper than %d levels"
)
