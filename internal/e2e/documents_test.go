package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi/datamodel"
)

// documents returns files with every document there is: of the example, of each
// group of the conformance app, and of an API that uses everything.
func documents(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	add := func(name string, text []byte) {
		files[name] = filepath.Join(dir, name+".json")
		if err := os.WriteFile(files[name], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	add("example", fetch(t, start(t, "example", "-data", t.TempDir())+"/openapi.json"))
	app := start(t, "conformance/app")
	for _, group := range []string{"seed", "levels", "settings", "settings/session", "chain", "basic", "session", "jwt", "custom", "misc", "blocklist", "cookiejwt", "token", "throttle"} {
		add(strings.ReplaceAll(group, "/", "-"), fetch(t, app+"/"+group+"/openapi.json"))
	}
	for _, version := range []string{"3.2.0", "3.1.1"} {
		text, err := everything(t, version).JSON()
		if err != nil {
			t.Fatal(err)
		}
		add("everything-"+version, text)
		if text, err = least(t, version).JSON(); err != nil {
			t.Fatal(err)
		}
		add("least-"+version, text)
	}
	return files
}

// broken are documents with one mistake each. They show that a validator looks:
// one that does not know a version may find every document of it valid.
func broken(t *testing.T, version string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{}
	for name, breakIt := range map[string]func(document map[string]any){
		"no version of the API": func(document map[string]any) { delete(document["info"].(map[string]any), "version") },
		"a parameter of nowhere": func(document map[string]any) {
			get := document["paths"].(map[string]any)["/v1/trees/{id}"].(map[string]any)["get"].(map[string]any)
			get["parameters"].([]any)[0].(map[string]any)["in"] = "nowhere"
		},
	} {
		text, err := everything(t, version).JSON()
		if err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatal(err)
		}
		breakIt(document)
		if text, err = json.Marshal(document); err != nil {
			t.Fatal(err)
		}
		name += ", " + version
		files[name] = filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".json")
		if err := os.WriteFile(files[name], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func TestDocuments(t *testing.T) {
	files := documents(t)
	mistakes := broken(t, "3.2.0")
	maps.Copy(mistakes, broken(t, "3.1.1"))
	for name, validate := range map[string]func(t *testing.T, files []string) error{
		"libopenapi-validator":   libopenapiValidator,
		"openapi-spec-validator": openapiSpecValidator,
		"redocly":                redocly,
	} {
		t.Run(name, func(t *testing.T) {
			if err := validate(t, slices.Collect(maps.Values(files))); err != nil {
				t.Error(err)
			}
			for mistake, file := range mistakes {
				if validate(t, []string{file}) == nil {
					t.Errorf("%s: the validator found nothing", mistake)
				}
			}
		})
	}
}

func libopenapiValidator(t *testing.T, files []string) error {
	t.Helper()
	var errs []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// A list of oneself may be empty: that is no circle without an end.
		document, err := libopenapi.NewDocumentWithConfiguration(text, &datamodel.DocumentConfiguration{IgnoreArrayCircularReferences: true})
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
			continue
		}
		v, mistakes := validator.NewValidator(document)
		if len(mistakes) > 0 {
			errs = append(errs, fmt.Errorf("%s: %w", file, errors.Join(mistakes...)))
			continue
		}
		_, found := v.ValidateDocument()
		for _, mistake := range found {
			errs = append(errs, fmt.Errorf("%s: %s: %s: %+v", file, mistake.Message, mistake.Reason, mistake.SchemaValidationErrors))
		}
	}
	return errors.Join(errs...)
}

func openapiSpecValidator(t *testing.T, files []string) error {
	t.Helper()
	python := exec.Command(tool(t, "../../.ci/installed/venv/bin/python"), append([]string{"-c", specValidator}, files...)...)
	return saying(python, "valid: "+itoa(len(files)))
}

func redocly(t *testing.T, files []string) error {
	t.Helper()
	lint := exec.Command(tool(t, "../../.ci/installed/node_modules/.bin/redocly"), append([]string{"lint", "--extends=spec"}, files...)...)
	lint.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	lint.Dir = t.TempDir()
	return saying(lint, "valid.")
}

// saying runs a program that succeeds and says so.
func saying(program *exec.Cmd, want string) error {
	out, err := program.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		return fmt.Errorf("%v, want %q in\n%s", err, want, out)
	}
	return nil
}

const specValidator = `
import json, sys
from openapi_spec_validator import OpenAPIV31SpecValidator, OpenAPIV32SpecValidator
valid = 0
for name in sys.argv[1:]:
    document = json.load(open(name))
    kind = OpenAPIV32SpecValidator if document["openapi"].startswith("3.2") else OpenAPIV31SpecValidator
    errors = list(kind(document).iter_errors())
    for error in errors:
        print(name, list(error.absolute_path), error.message[:300])
    valid += not errors
print("valid:", valid)
sys.exit(valid != len(sys.argv) - 1)
`
