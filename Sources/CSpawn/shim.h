#pragma once
#include <spawn.h>

// glibc 2.34 has these under _GNU_SOURCE alone, which a module that is imported cannot define.
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *, const char *);

// The child starts with no descriptor from `from` on.
static inline int countersign_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

// The child starts in the folder `path`.
static inline int countersign_spawn_in(posix_spawn_file_actions_t *actions, const char *path) {
    return posix_spawn_file_actions_addchdir_np(actions, path);
}
