package signing

// Base62 is tested against Django's vectors.
var Base62 = base62
