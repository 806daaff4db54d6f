package jwtauth

var (
	ValidObject = validObject
	Members     = members
	Unquote     = unquote
)
