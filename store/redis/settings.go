package redis

import (
	"context"
	"strings"

	"github.com/redis/rueidis"
)

// warn logs a warning if the settings of the server may lose a write that it has acknowledged.
func (db *DB) warn(ctx context.Context) {
	settings, checked := db.settings(ctx)
	risks := risksOf(settings)
	switch {
	case !checked:
		const unknown = "redis: the server does not let its settings be read (CONFIG GET), so it is not known whether a crash loses logins, logouts and revocations; the operator can tell"
		db.cfg.Logger.WarnContext(ctx, unknown, "risks", risks)
	case len(risks) > 0:
		db.cfg.Logger.WarnContext(ctx, "redis: the settings of the server may lose logins, logouts and revocations that it has acknowledged", "risks", risks)
	}
}

// risksOf returns a sentence for each setting that may lose a write. Settings that are not known
// have none.
func risksOf(settings map[string]string) []string {
	var risks []string
	risk := func(setting, safe, what string) {
		if value, known := settings[setting]; known && value != safe {
			risks = append(risks, setting+" is "+value+", not "+safe+": "+what)
		}
	}
	risk("appendonly", "yes", "a restart loses what was written since the last snapshot")
	if settings["appendonly"] != "no" {
		risk("appendfsync", "always", "a crash of the machine loses the last writes, of a second or more")
		risk("no-appendfsync-on-rewrite", "no", "a crash of the machine while the file is rewritten loses what was written meanwhile")
	}
	if settings["maxmemory"] != "0" {
		risk("maxmemory-policy", "noeviction", "Redis removes sessions and revocations when its memory is full")
	}
	return risks
}

// settings returns those that risksOf needs, and whether the server lets them be read. Otherwise
// they are those that INFO tells.
func (db *DB) settings(ctx context.Context) (settings map[string]string, checked bool) {
	settings = map[string]string{}
	for _, name := range []string{"appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory", "maxmemory-policy"} {
		result, err := db.line.read(ctx, "CONFIG GET", func(ctx context.Context) rueidis.RedisResult {
			return db.client.Do(ctx, db.client.B().ConfigGet().Parameter(name).Build())
		})
		if err != nil {
			return db.info(ctx), false
		}
		found, err := result.AsStrMap()
		if err != nil || found[name] == "" {
			return db.info(ctx), false
		}
		settings[name] = found[name]
	}
	return settings, true
}

// info returns the settings that INFO tells.
func (db *DB) info(ctx context.Context) map[string]string {
	settings := map[string]string{}
	result, err := db.line.read(ctx, "INFO", func(ctx context.Context) rueidis.RedisResult {
		return db.client.Do(ctx, db.client.B().Info().Build())
	})
	text, _, err := text(result, err, "INFO")
	if err != nil {
		return settings
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "aof_enabled":
			settings["appendonly"] = map[string]string{"0": "no", "1": "yes"}[value]
		case "maxmemory":
			settings["maxmemory"] = value
		case "maxmemory_policy":
			settings["maxmemory-policy"] = value
		}
	}
	return settings
}
