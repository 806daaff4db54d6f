// Package code has the programs of the documentation, in a folder for each page.
package code
