#!/bin/sh
# Takes the documentation pages' bundles from npm into app/web/static, unaltered, and lists their SHA-256.
# To raise one: change its version and integrity here (npm view <name>@<version> dist.integrity), run this, look at
# /docs, /scalar and /redoc in a browser without network, and commit the result.
# Needs npm, tar, openssl and sha256sum; nothing of npm is needed to run the service.
set -eu

swagger_version=5.35.0
swagger_integrity=sha512-U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==
scalar_version=1.72.1
scalar_integrity=sha512-XpEJ0rfc/cXbCrR+iC4kK0o/WwX2dTtGQbT049OlPKAHD6IMIFdTeGz2r+M27P2EDWKyUITRm/NzlP8z2pw/Ow==
redoc_version=3.0.1
redoc_integrity=sha512-KDfoKaYW19LCl4YStgBnwlaNjYEFfs5zCNt1s1WZ2YM5u8d26Yuzd2l43fZO851ZsgIMe/D640fDJkD8eaRQKQ==

static=$(cd "$(dirname "$0")/../app/web/static" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

unpack() { # name version integrity folder
    archive=$(cd "$work" && npm pack --silent "$1@$2")
    found=sha512-$(openssl dgst -sha512 -binary "$work/$archive" | openssl base64 -A)
    if [ "$found" != "$3" ]; then
        echo "$1@$2 is not what was pinned: $found" >&2
        exit 1
    fi
    mkdir "$work/$4"
    tar -xzf "$work/$archive" -C "$work/$4" --strip-components=1
    rm -rf "${static:?}/$4"
    mkdir "$static/$4"
}

take() { # folder path...
    folder=$1
    shift
    for path in "$@"; do
        install -m 644 "$work/$folder/$path" "$static/$folder/"
    done
}

unpack swagger-ui-dist "$swagger_version" "$swagger_integrity" swagger
take swagger LICENSE NOTICE swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt oauth2-redirect.js

unpack @scalar/api-reference "$scalar_version" "$scalar_integrity" scalar
take scalar dist/browser/standalone.js
# The package says MIT and carries no licence file; this is the one of its repository.
cat > "$static/scalar/LICENSE" <<'LICENSE'
MIT License

Copyright (c) 2023-present Scalar

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
LICENSE

unpack redoc "$redoc_version" "$redoc_integrity" redoc
take redoc LICENSE bundles/redoc.standalone.js

cd "$static"
find swagger scalar redoc -type f | LC_ALL=C sort | xargs sha256sum > SHA256SUMS
cat SHA256SUMS
