package openapi

import "reflect"

// Clone returns a copy of the operation that shares nothing with it.
func (o *Operation) Clone() *Operation { return clone(reflect.ValueOf(o)).Interface().(*Operation) }

// Clone returns a copy of the document that shares nothing with it.
func (d *Document) Clone() *Document { return clone(reflect.ValueOf(d)).Interface().(*Document) }

// clone copies a value and all that it points to. Schemas of a document do not point to
// each other in a circle, because they refer to components by name.
func clone(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return out
		}
		inner := clone(v.Elem())
		if v.Kind() == reflect.Interface {
			out.Set(inner)
			return out
		}
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(inner)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(clone(v.Field(i)))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(clone(v.Index(i)))
		}
	case reflect.Map:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for _, key := range v.MapKeys() {
			out.SetMapIndex(key, clone(v.MapIndex(key)))
		}
	}
	return out
}
