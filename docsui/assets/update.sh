#!/usr/bin/env bash
# Fetches a version of swagger-ui-dist with npm and compresses what is embedded.
set -euo pipefail
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
(cd "$tmp" && npm pack --silent "swagger-ui-dist@$1" >/dev/null && tar -xzf ./*.tgz)
for file in swagger-ui-bundle.js swagger-ui.css; do
	gzip -9nc "$tmp/package/$file" >"$file.gz"
done
cp "$tmp/package/LICENSE" "$tmp/package/NOTICE" "$tmp/package/swagger-ui-bundle.js.LICENSE.txt" .
