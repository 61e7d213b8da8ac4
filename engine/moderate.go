package engine

import "context"

// Remove takes members out of the call. It fails with ErrForbidden unless we moderate it; the switchboard decides.
func (k *Call) Remove(ctx context.Context, users ...UserID) error {
	return fail("remove", ErrBadRequest)
}

// SwitchMicrophone switches the microphones of members: off is obeyed at once, on is asked of the person. Without names it is all who are
// in the call but us. It fails with ErrForbidden unless we moderate the call; the switchboard decides.
func (k *Call) SwitchMicrophone(ctx context.Context, on bool, users ...UserID) error {
	return fail("switch the microphone", ErrBadRequest)
}

// SwitchCamera is [Call.SwitchMicrophone] for cameras.
func (k *Call) SwitchCamera(ctx context.Context, on bool, users ...UserID) error {
	return fail("switch the camera", ErrBadRequest)
}

// Grant answers what a moderator asked of us, see CallState.Asked: it switches the devices on, or leaves them as they are.
func (k *Call) Grant(ctx context.Context, yes bool) error { return fail("answer", ErrBadRequest) }

// Asked is what a moderator would like us to switch on.
type Asked struct {
	By                 User
	Microphone, Camera bool // both false: nothing is asked
}
