// Package openapi holds the objects of an OpenAPI 3.2 description as plain Go
// structs, and writes them as JSON.
//
// The package does not depend on requests or on the Go types of an application:
// package rest fills a [Document] from its compiled operations. Field names and meanings are
// those of https://spec.openapis.org/oas/v3.2.0; a zero field is left out of the
// document unless its comment says otherwise. [Document.Version] rewrites a
// document for readers of 3.1.
package openapi
