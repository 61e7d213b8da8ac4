//go:build linux && !noapm

#ifdef __cplusplus
extern "C" {
#endif
void *parley_apm_new(int rate); // NULL: it cannot be made
void parley_apm_set(void *apm, int echo, int noise, int gain);
int parley_apm_reset(void *apm);
int parley_apm_render(void *apm, const float *far, int rate);            // 10 ms; the result is 0 or an error of the library
int parley_apm_capture(void *apm, float *near, int rate, int delay_ms); // the same, in place
void parley_apm_free(void *apm);
#ifdef __cplusplus
}
#endif
