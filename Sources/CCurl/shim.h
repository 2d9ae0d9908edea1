#pragma once
#include <curl/curl.h>

// Swift cannot call a variadic C function. Each argument shape has one typed wrapper here.

static inline CURLcode custody_global_init(void) {
    return curl_global_init(CURL_GLOBAL_ALL);
}

static inline CURLcode custody_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

static inline CURLcode custody_set_text(CURL *easy, CURLoption option, const char *text) {
    return curl_easy_setopt(easy, option, text);
}

static inline CURLcode custody_set_bytes(CURL *easy, CURLoption option, const void *bytes) {
    return curl_easy_setopt(easy, option, bytes);
}

static inline CURLcode custody_set_list(CURL *easy, CURLoption option, struct curl_slist *list) {
    return curl_easy_setopt(easy, option, list);
}

static inline CURLcode custody_set_pointer(CURL *easy, CURLoption option, void *pointer) {
    return curl_easy_setopt(easy, option, pointer);
}

static inline CURLcode custody_set_receive(
    CURL *easy, CURLoption option, size_t (*receive)(char *, size_t, size_t, void *)) {
    return curl_easy_setopt(easy, option, receive);
}

static inline CURLcode custody_set_prereq(
    CURL *easy, int (*prereq)(void *, char *, char *, int, int)) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, prereq);
}

static inline CURLMcode custody_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
