// A VP8 encoder of libva behind the few calls that Parley needs. libva is opened when it is wanted, so nothing needs it to be installed.
#ifndef PARLEY_VA_H
#define PARLEY_VA_H

#include <stdint.h>
#include <va/va.h>
#include <va/va_drm.h>

// The functions that are used; all are in libva but the first, which is in libva-drm.
#define PARLEY_VA_FUNCTIONS(F) \
	F(vaGetDisplayDRM) F(vaErrorStr) F(vaInitialize) F(vaTerminate) F(vaQueryVendorString) F(vaMaxNumEntrypoints) F(vaQueryConfigEntrypoints) \
	F(vaGetConfigAttributes) F(vaCreateConfig) F(vaDestroyConfig) F(vaCreateSurfaces) F(vaDestroySurfaces) F(vaCreateContext) \
	F(vaDestroyContext) F(vaCreateImage) F(vaDestroyImage) F(vaPutImage) F(vaCreateBuffer) F(vaDestroyBuffer) F(vaMapBuffer) F(vaUnmapBuffer) \
	F(vaBeginPicture) F(vaRenderPicture) F(vaEndPicture) F(vaSyncSurface)

enum { PARLEY_VA_REFERENCES = 3, PARLEY_VA_PARAMETERS = 6 };

typedef struct {
#define F(name) __typeof__(&name) name;
	PARLEY_VA_FUNCTIONS(F)
#undef F
	VADisplay display;
	VAEntrypoint entry;
	uint32_t rate_control; // VA_RC_CBR, or VA_RC_VBR where there is no other
	char failure[256];     // of the last call that failed

	// Of a size; all are invalid while w is 0.
	int w, h;
	VAConfigID config;
	VAContextID context;
	VASurfaceID input, references[PARLEY_VA_REFERENCES];
	VAImage image;
	VABufferID coded;
	VASurfaceID last, golden; // what the next picture may be made of; invalid before the first
	int bps, fps;             // of the last picture
} parley_va;

typedef struct {
	const uint8_t *y, *u, *v;
	int y_stride, uv_stride;
	int w, h; // a picture of a new size begins with a key frame
	int bps, fps;
	int key;
	int spare; // no later one is to be made of it
} parley_va_picture;

typedef struct {
	uint8_t *data; // room for the frame
	size_t room;
	size_t size;
	int key;
	int quantizer; // 0 to 63; 0 if the driver does not say
} parley_va_frame;

// Results: 0, or -1 and va->failure says what failed. After a failure va is only good for parley_va_close.
int parley_va_open(parley_va *va, int node);
const char *parley_va_driver(parley_va *va);
int parley_va_encode(parley_va *va, const parley_va_picture *p, parley_va_frame *f);
void parley_va_close(parley_va *va);

#endif
