package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
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
	for _, group := range []string{"seed", "levels", "settings", "settings/session", "chain", "basic", "session", "jwt", "custom", "misc"} {
		add(strings.ReplaceAll(group, "/", "-"), fetch(t, app+"/"+group+"/openapi.json"))
	}
	for _, version := range []string{"3.2.0", "3.1.1"} {
		text, err := everything(t, version).JSON()
		if err != nil {
			t.Fatal(err)
		}
		add("everything-"+version, text)
	}
	return files
}

func TestDocuments(t *testing.T) {
	files := documents(t)
	t.Run("libopenapi-validator", func(t *testing.T) {
		for name, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			// A list of oneself may be empty: that is no circle without an end.
			document, err := libopenapi.NewDocumentWithConfiguration(text, &datamodel.DocumentConfiguration{IgnoreArrayCircularReferences: true})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			v, errs := validator.NewValidator(document)
			if len(errs) > 0 {
				t.Fatalf("%s: %v", name, errs)
			}
			if ok, mistakes := v.ValidateDocument(); !ok {
				for _, mistake := range mistakes {
					t.Errorf("%s: %s: %s", name, mistake.Message, mistake.Reason)
					for _, schema := range mistake.SchemaValidationErrors {
						t.Errorf("  %+v", schema)
					}
				}
			}
		}
	})
	t.Run("openapi-spec-validator", func(t *testing.T) {
		args := []string{"-c", specValidator}
		for _, file := range files {
			args = append(args, file)
		}
		out, err := exec.Command(tool(t, "../../.ci/installed/venv/bin/python"), args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "valid: "+itoa(len(files))) {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("redocly", func(t *testing.T) {
		args := []string{"lint", "--extends=spec", "--format=summary"}
		for _, file := range files {
			args = append(args, file)
		}
		redocly := exec.Command(tool(t, "../../.ci/installed/node_modules/.bin/redocly"), args...)
		redocly.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
		redocly.Dir = t.TempDir()
		out, err := redocly.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Your API descriptions are valid") {
			t.Errorf("%v\n%s", err, out)
		}
	})
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
