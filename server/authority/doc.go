// Package authority decides who may do what in which call. It answers the requests that apps publish on svc.<user>.<verb>.
//
// An authority keeps nothing of its own: a call is one record in a JetStream key-value bucket, and the only way to change it
// is the pure function [law.Next] followed by a compare-and-set. Any number of authorities may work on the same buckets; whatever
// they race about, exactly one of them wins, and the others look again. Deliveries to the apps are hints that carry the whole
// record; the sync request is the truth.
//
// The buckets:
//
//	calls    one record per call, kept for an hour after its end; read from the stream's leader
//	people   who exists, by what name, and with which presence announced last
//	history  what each user remembers of his calls, one key per entry; each is written once, whatever dies in between
//	leases   one key per running app of a user and line (connection) of the app; it expires unless the app renews it, and ends
//	         soon after the line has closed, if somebody tells by [Authority.Vanished]
//
// The goroutines of one [Authority], all ended by Close:
//
//	workers    a fixed number; requests of one user always go to the same one, so they are answered in order
//	watchers   three, one per bucket; they alone fill the view, an index in memory that says where to look, never what to decide
//	herald     announces changes of presence, so that each is announced once
//	sweep      paced by a ticker: deadlines, vanished apps, calls that cross, and what another authority failed to deliver
//	ending     paced by the lines that close: it ends their leases after a grace
//
// Nothing waits without a bound: a request takes at most five seconds, and one that finds its worker's queue full is refused.
package authority
