package schema_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/go-modern-rest/rest/internal/schema"
)

type envelope[T any] struct {
	Data T `json:"data"`
}

type pair[A, B any] struct {
	First  A `json:"first"`
	Second B `json:"second"`
}

type größe struct {
	Width int `json:"width"`
}

// TestComponentNames checks that every type has a component of its own, and that its key
// has the characters that OpenAPI allows. The key of a generic type names its arguments,
// because a user could not rename an instance.
func TestComponentNames(t *testing.T) {
	for name, c := range map[string]struct {
		value any
		want  []string
	}{
		"plain":       {inner{}, []string{"Inner"}},
		"not ASCII":   {größe{}, []string{"Gr__e"}},
		"generic":     {envelope[inner]{}, []string{"EnvelopeInner", "Inner"}},
		"of a list":   {envelope[[]inner]{}, []string{"EnvelopeListInner", "Inner"}},
		"of an array": {envelope[[2]inner]{}, []string{"EnvelopeArray2Inner", "Inner"}},
		"of a map":    {envelope[map[string]inner]{}, []string{"EnvelopeMapStringInner", "Inner"}},
		"of builtins": {pair[int64, []byte]{}, []string{"PairInt64ListUint8"}},
		"nested":      {envelope[envelope[inner]]{}, []string{"EnvelopeEnvelopeInner", "EnvelopeInner", "Inner"}},
		"nested list": {pair[[]pair[int, inner], größe]{}, []string{"Gr__e", "Inner", "PairIntInner", "PairListPairIntInnerGr__e"}},
	} {
		t.Run(name, func(t *testing.T) {
			components := schema.NewComponents()
			node(t, c.value).OutputSchema(components)
			all, err := components.Schemas()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, slices.Sorted(maps.Keys(all))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}

	// A member that is a pointer is required in the output alone, so the input has its own
	// component.
	components := schema.NewComponents()
	for _, value := range []any{envelope[inner]{}, envelope[*inner]{}, envelope[[]inner]{}, envelope[[]*inner]{}} {
		node(t, value).OutputSchema(components)
	}
	all, err := components.Schemas()
	if want := []string{"EnvelopeInner", "EnvelopeListInner", "EnvelopeListNullableInner", "EnvelopeNullableInner", "Inner"}; err != nil || !slices.Equal(slices.Sorted(maps.Keys(all)), want) {
		t.Errorf("got %v, %v, want %v", slices.Sorted(maps.Keys(all)), err, want)
	}
}
