package resttest

import "encoding/json"

// CheckSchema compares the body of a reply with a schema.
func CheckSchema(r *Reply, schema string) {
	v := &validator{}
	v.check(parse([]byte(schema)), parse(r.Body), "")
	for _, problem := range v.problems {
		r.t.Errorf("%s", problem)
	}
	if !json.Valid([]byte(schema)) {
		panic("the schema is not JSON")
	}
}
