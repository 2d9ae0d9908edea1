#pragma once

// The commit that a release is built from; `make release` defines it.
#ifndef COUNTERSIGN_COMMIT
#define COUNTERSIGN_COMMIT "unknown"
#endif

static inline const char *countersign_commit(void) { return COUNTERSIGN_COMMIT; }
