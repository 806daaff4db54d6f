//go:build ignore

// Command make writes passwords.txt.gz from the list that Django ships:
//
//	go run make.go < django/contrib/auth/common-passwords.txt.gz
//
// It keeps the passwords of 8 or more characters, the only ones that package password
// has to look up, and sorts them.
package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"log"
	"os"
	"slices"
	"unicode/utf8"
)

func main() {
	log.SetFlags(0)
	source, err := gzip.NewReader(os.Stdin)
	if err != nil {
		log.Fatal("make: standard input: ", err)
	}
	var list []string
	lines := bufio.NewScanner(source)
	for lines.Scan() {
		if utf8.RuneCountInString(lines.Text()) >= 8 {
			list = append(list, lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal("make: standard input: ", err)
	}
	slices.Sort(list)
	list = slices.Compact(list)

	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		log.Fatal(err)
	}
	for _, line := range list {
		if _, err := writer.Write([]byte(line + "\n")); err != nil {
			log.Fatal(err)
		}
	}
	if err := writer.Close(); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("passwords.txt.gz", packed.Bytes(), 0o600); err != nil {
		log.Fatal(err)
	}
	log.Printf("%d passwords, %d bytes", len(list), packed.Len())
}
