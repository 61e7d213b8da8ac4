#include "va.h"

#include <dlfcn.h>
#include <libyuv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failed(parley_va *va, const char *what, const char *why) {
	snprintf(va->failure, sizeof va->failure, "%s: %s", what, why);
	return -1;
}

#define TRY(call, ...) \
	do { \
		VAStatus status_ = va->call(va->display, __VA_ARGS__); \
		if (status_ != VA_STATUS_SUCCESS) return failed(va, #call, va->vaErrorStr(status_)); \
	} while (0)

static int load(parley_va *va) {
	void *drm, *lib = dlopen("libva.so.2", RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL) return failed(va, "libva", dlerror());
	if ((drm = dlopen("libva-drm.so.2", RTLD_NOW | RTLD_LOCAL)) == NULL) return failed(va, "libva", dlerror());
#define F(name) \
	if ((va->name = (__typeof__(&name))dlsym(strcmp(#name, "vaGetDisplayDRM") == 0 ? drm : lib, #name)) == NULL) return failed(va, "libva", "it has no " #name);
	PARLEY_VA_FUNCTIONS(F)
#undef F
	return 0;
}

// choose looks for an entry point that codes VP8 and keeps to a bit rate by itself.
static int choose(parley_va *va) {
	int i, count = 0;
	VAEntrypoint *points = calloc(va->vaMaxNumEntrypoints(va->display) + 1, sizeof *points);
	VAStatus status;
	if (points == NULL) return failed(va, "libva", "out of memory");
	status = va->vaQueryConfigEntrypoints(va->display, VAProfileVP8Version0_3, points, &count);
	for (i = 0; status == VA_STATUS_SUCCESS && i < count && va->entry != VAEntrypointEncSlice; i++) {
		if (points[i] == VAEntrypointEncSlice || points[i] == VAEntrypointEncSliceLP) va->entry = points[i];
	}
	free(points);
	if (va->entry == 0) return failed(va, parley_va_driver(va), "it does not code VP8");

	VAConfigAttrib a[2] = {{VAConfigAttribRTFormat, 0}, {VAConfigAttribRateControl, 0}};
	TRY(vaGetConfigAttributes, VAProfileVP8Version0_3, va->entry, a, 2);
	if (a[0].value == VA_ATTRIB_NOT_SUPPORTED || !(a[0].value & VA_RT_FORMAT_YUV420)) return failed(va, parley_va_driver(va), "it takes no 4:2:0 pictures");
	if (a[1].value == VA_ATTRIB_NOT_SUPPORTED) a[1].value = 0;
	va->rate_control = a[1].value & VA_RC_CBR ? VA_RC_CBR : a[1].value & VA_RC_VBR;
	if (va->rate_control == 0) return failed(va, parley_va_driver(va), "it keeps to no bit rate");
	return 0;
}

int parley_va_open(parley_va *va, int node) {
	int major, minor;
	memset(va, 0, sizeof *va);
	if (load(va) != 0) return -1;
	if ((va->display = va->vaGetDisplayDRM(node)) == NULL) return failed(va, "vaGetDisplayDRM", "no display");
	VAStatus status = va->vaInitialize(va->display, &major, &minor);
	if (status != VA_STATUS_SUCCESS) {
		va->display = NULL;
		return failed(va, "vaInitialize", va->vaErrorStr(status));
	}
	return choose(va);
}

const char *parley_va_driver(parley_va *va) {
	const char *name = va->vaQueryVendorString(va->display);
	return name == NULL ? "unnamed driver" : name;
}

static void shrink_to_nothing(parley_va *va) {
	if (va->coded != VA_INVALID_ID) va->vaDestroyBuffer(va->display, va->coded);
	if (va->image.image_id != VA_INVALID_ID) va->vaDestroyImage(va->display, va->image.image_id);
	if (va->context != VA_INVALID_ID) va->vaDestroyContext(va->display, va->context);
	if (va->references[0] != VA_INVALID_SURFACE) va->vaDestroySurfaces(va->display, va->references, PARLEY_VA_REFERENCES);
	if (va->input != VA_INVALID_SURFACE) va->vaDestroySurfaces(va->display, &va->input, 1);
	if (va->config != VA_INVALID_ID) va->vaDestroyConfig(va->display, va->config);
	va->w = va->h = 0;
}

static int aligned(int n) { return (n + 15) & ~15; }

// resize makes what it takes to code pictures of a size, which the hardware does in blocks of 16×16.
static int resize(parley_va *va, int w, int h) {
	unsigned aw = aligned(w), ah = aligned(h);
	VAConfigAttrib a[2] = {{VAConfigAttribRTFormat, VA_RT_FORMAT_YUV420}, {VAConfigAttribRateControl, va->rate_control}};
	VAImageFormat nv12 = {.fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12};
	if (va->w > 0) shrink_to_nothing(va);
	va->config = va->context = va->coded = va->image.image_id = VA_INVALID_ID;
	va->input = va->references[0] = va->last = va->golden = VA_INVALID_SURFACE;
	va->w = w;
	va->h = h;
	va->bps = va->fps = 0;
	TRY(vaCreateConfig, VAProfileVP8Version0_3, va->entry, a, 2, &va->config);
	TRY(vaCreateSurfaces, VA_RT_FORMAT_YUV420, aw, ah, &va->input, 1, NULL, 0);
	TRY(vaCreateSurfaces, VA_RT_FORMAT_YUV420, aw, ah, va->references, PARLEY_VA_REFERENCES, NULL, 0);
	TRY(vaCreateContext, va->config, aw, ah, VA_PROGRESSIVE, va->references, PARLEY_VA_REFERENCES, &va->context);
	VAStatus status = va->vaCreateImage(va->display, &nv12, aw, ah, &va->image);
	if (status != VA_STATUS_SUCCESS) {
		va->image.image_id = VA_INVALID_ID;
		return failed(va, "vaCreateImage", va->vaErrorStr(status));
	}
	TRY(vaCreateBuffer, va->context, VAEncCodedBufferType, aw * ah * 3 / 2, 1, NULL, &va->coded);
	return 0;
}

// upload puts the picture into the input surface. What the blocks have beyond it repeats its edge, which costs the fewest bits.
static int upload(parley_va *va, const parley_va_picture *p) {
	VAImage *im = &va->image;
	int x, y, n, w = p->w, h = p->h, cw = (w + 1) / 2 * 2, ch = (h + 1) / 2, aw = aligned(w), ah = aligned(h);
	uint8_t *to, *luma, *chroma, *row;
	if (im->format.fourcc != VA_FOURCC_NV12 || im->num_planes != 2 || im->pitches[0] < (unsigned)aw || im->pitches[1] < (unsigned)aw ||
		im->offsets[0] + (uint64_t)im->pitches[0] * ah > im->data_size || im->offsets[1] + (uint64_t)im->pitches[1] * ah / 2 > im->data_size)
		return failed(va, "vaCreateImage", "not the image that was asked for");
	TRY(vaMapBuffer, im->buf, (void **)&to);
	luma = to + im->offsets[0];
	chroma = to + im->offsets[1];
	I420ToNV12(p->y, p->y_stride, p->u, p->uv_stride, p->v, p->uv_stride, luma, im->pitches[0], chroma, im->pitches[1], w, h);
	for (y = 0; w < aw && y < h; y++) memset(luma + y * im->pitches[0] + w, luma[y * im->pitches[0] + w - 1], aw - w);
	for (y = 0; cw < aw && y < ch; y++) {
		row = chroma + y * im->pitches[1];
		for (x = cw; x < aw; x++) row[x] = row[x - 2];
	}
	for (n = h; n < ah; n++) memcpy(luma + n * im->pitches[0], luma + (h - 1) * im->pitches[0], aw);
	for (n = ch; n < ah / 2; n++) memcpy(chroma + n * im->pitches[1], chroma + (ch - 1) * im->pitches[1], aw);
	TRY(vaUnmapBuffer, im->buf);
	TRY(vaPutImage, va->input, im->image_id, 0, 0, aw, ah, 0, 0, aw, ah);
	return 0;
}

// One buffer of parameters for the driver. Those of VAEncMiscParameterBufferType have a head.
typedef struct {
	VAEncMiscParameterType type;
	union {
		VAEncMiscParameterHRD hrd;
		VAEncMiscParameterRateControl rate;
		VAEncMiscParameterFrameRate frames;
	} of;
} misc;

static int put(parley_va *va, VABufferID *ids, int *count, VABufferType type, void *data, unsigned size) {
	TRY(vaCreateBuffer, va->context, type, size, 1, data, &ids[*count]);
	++*count;
	return 0;
}

// Spare pictures refresh no reference, and none keeps its statistics of tokens: so whatever is left out is not missed. Drivers forget
// what they were told of the rate with each sequence, so all is told each time; only a change makes them begin anew.
static int parameters(parley_va *va, const parley_va_picture *p, VASurfaceID made, VABufferID *ids, int *count) {
	int i, key = p->key;
	VAEncSequenceParameterBufferVP8 seq = {
		.frame_width = p->w, .frame_height = p->h, .error_resilient = 1, .kf_max_dist = 3000, .intra_period = 3000, .bits_per_second = p->bps,
		.reference_frames = {VA_INVALID_SURFACE, VA_INVALID_SURFACE, VA_INVALID_SURFACE, VA_INVALID_SURFACE},
	};
	VAEncPictureParameterBufferVP8 pic = {.reconstructed_frame = made, .coded_buf = va->coded, .clamp_qindex_low = 9, .clamp_qindex_high = 117};
	VAQMatrixBufferVP8 quantizers = {.quantization_index = {60, 60, 60, 60}};
	misc hrd = {.type = VAEncMiscParameterTypeHRD}, rate = {.type = VAEncMiscParameterTypeRateControl}, frames = {.type = VAEncMiscParameterTypeFrameRate};
	hrd.of.hrd.buffer_size = p->bps; // a second, so that the rate follows a falling path quickly
	hrd.of.hrd.initial_buffer_fullness = p->bps / 2;
	rate.of.rate.bits_per_second = p->bps;
	rate.of.rate.target_percentage = 100;
	rate.of.rate.window_size = 1000;
	rate.of.rate.initial_qp = 60;
	rate.of.rate.min_qp = 9;
	rate.of.rate.max_qp = 117;
	rate.of.rate.rc_flags.bits.reset = p->bps != va->bps || p->fps != va->fps;
	frames.of.frames.framerate = p->fps;

	pic.ref_last_frame = key ? VA_INVALID_SURFACE : va->last;
	pic.ref_gf_frame = pic.ref_arf_frame = key ? VA_INVALID_SURFACE : va->golden;
	pic.ref_flags.bits.force_kf = key;
	pic.ref_flags.bits.no_ref_last = key;
	pic.ref_flags.bits.no_ref_gf = pic.ref_flags.bits.no_ref_arf = 1;
	pic.pic_flags.bits.frame_type = !key;
	pic.pic_flags.bits.show_frame = 1;
	pic.pic_flags.bits.refresh_last = key || !p->spare;
	pic.pic_flags.bits.refresh_golden_frame = pic.pic_flags.bits.refresh_alternate_frame = key;
	pic.pic_flags.bits.loop_filter_adj_enable = 1;
	pic.pic_flags.bits.forced_lf_adjustment = key;
	pic.pic_flags.bits.mb_no_coeff_skip = 1;
	for (i = 0; i < 4; i++) pic.loop_filter_level[i] = 19;

	const unsigned head = offsetof(VAEncMiscParameterBuffer, data);
	_Static_assert(offsetof(misc, of) == offsetof(VAEncMiscParameterBuffer, data), "a head is only the type");
	if (put(va, ids, count, VAEncSequenceParameterBufferType, &seq, sizeof seq) != 0) return -1;
	if (put(va, ids, count, VAEncMiscParameterBufferType, &hrd, head + sizeof hrd.of.hrd) != 0) return -1;
	if (put(va, ids, count, VAEncMiscParameterBufferType, &rate, head + sizeof rate.of.rate) != 0) return -1;
	if (put(va, ids, count, VAEncMiscParameterBufferType, &frames, head + sizeof frames.of.frames) != 0) return -1;
	if (put(va, ids, count, VAQMatrixBufferType, &quantizers, sizeof quantizers) != 0) return -1;
	return put(va, ids, count, VAEncPictureParameterBufferType, &pic, sizeof pic);
}

static int take(parley_va *va, parley_va_frame *f) {
	VACodedBufferSegment *s;
	int failure = 0;
	TRY(vaMapBuffer, va->coded, (void **)&s);
	if (s != NULL) f->quantizer = (s->status & VA_CODED_BUF_STATUS_PICTURE_AVE_QP_MASK) / 2;
	if (f->quantizer > 63) f->quantizer = 63;
	for (; s != NULL && failure == 0; s = s->next) {
		if (s->status & (VA_CODED_BUF_STATUS_SLICE_OVERFLOW_MASK | VA_CODED_BUF_STATUS_BAD_BITSTREAM)) {
			failure = failed(va, "vaMapBuffer", "the driver says that the frame is broken");
		} else if (s->size > f->room - f->size) {
			failure = failed(va, "vaMapBuffer", "the frame is too large");
		} else if (s->size > 0) {
			memcpy(f->data + f->size, s->buf, s->size);
			f->size += s->size;
		}
	}
	TRY(vaUnmapBuffer, va->coded);
	return failure;
}

static int code(parley_va *va, VABufferID *ids, int count, parley_va_frame *f) {
	TRY(vaBeginPicture, va->context, va->input);
	TRY(vaRenderPicture, va->context, ids, count);
	TRY(vaEndPicture, va->context);
	TRY(vaSyncSurface, va->input);
	return take(va, f);
}

int parley_va_encode(parley_va *va, const parley_va_picture *p, parley_va_frame *f) {
	parley_va_picture now = *p;
	VABufferID ids[PARLEY_VA_PARAMETERS];
	VASurfaceID made;
	int i = 0, count = 0, failure;
	f->size = 0;
	f->quantizer = 0;
	if ((va->w != p->w || va->h != p->h) && resize(va, p->w, p->h) != 0) return -1;
	now.key = p->key || va->last == VA_INVALID_SURFACE;
	if (upload(va, p) != 0) return -1;
	while (va->references[i] == va->last || va->references[i] == va->golden) i++; // of three, one is free
	made = va->references[i];
	failure = parameters(va, &now, made, ids, &count);
	if (failure == 0) failure = code(va, ids, count, f);
	while (count > 0) va->vaDestroyBuffer(va->display, ids[--count]);
	if (failure != 0) return -1;
	f->key = f->size > 0 && (f->data[0] & 1) == 0; // what it is, not what was asked for
	if (f->key) va->golden = made;
	if (f->key || !p->spare) va->last = made;
	va->bps = p->bps;
	va->fps = p->fps;
	return 0;
}

void parley_va_close(parley_va *va) {
	if (va->display == NULL) return;
	if (va->w > 0) shrink_to_nothing(va);
	va->vaTerminate(va->display);
	va->display = NULL;
}
