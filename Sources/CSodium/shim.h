#pragma once
#include <sodium.h>
#include <sys/prctl.h>

// prctl is variadic: one typed function per argument shape.

static inline int countersign_set_dumpable(unsigned long dumpable) {
    return prctl(PR_SET_DUMPABLE, dumpable, 0UL, 0UL, 0UL);
}

static inline int countersign_get_dumpable(void) {
    return prctl(PR_GET_DUMPABLE, 0UL, 0UL, 0UL, 0UL);
}
