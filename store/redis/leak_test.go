package redis_test

import (
	"testing"

	"github.com/go-modern-rest/rest/internal/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
