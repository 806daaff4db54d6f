package loglimit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-modern-rest/rest/internal/loglimit"
)

func TestOneLineAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limit loglimit.Limit
		for i, test := range []struct {
			after time.Duration
			ok    bool
			more  string
		}{
			{0, true, "[]"}, {0, false, "[]"}, {time.Minute - 1, false, "[]"}, {1, true, "[skipped=2]"}, {time.Hour, true, "[]"},
		} {
			<-time.After(test.after)
			if more, ok := limit.Allow(); ok != test.ok || fmt.Sprint(more) != test.more {
				t.Errorf("%d: got %v, %t, want %s, %t", i, more, ok, test.more, test.ok)
			}
		}
	})
}
