package schema_test

import (
	"reflect"
	"strings"
)

// optional is like rest.Optional, which this package cannot import.
type optional[T any] struct {
	Value         T
	Present, Null bool
}

func some[T any](v T) optional[T] { return optional[T]{Value: v, Present: true} }

func null[T any]() optional[T] { return optional[T]{Present: true, Null: true} }

func isOptional(t reflect.Type) bool { return strings.HasPrefix(t.Name(), "optional[") }
