// Package scale measures whether requests cost more when the tables are large, and what logins
// wait while expired rows are removed:
//
//	make scale
//
// The tests of this package do the same with a few rows, so that the measurement stays
// in order. They judge nothing that depends on the machine.
package scale
