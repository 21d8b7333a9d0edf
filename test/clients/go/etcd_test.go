package clients

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const etcdCluster = 3

func idOf(t *testing.T, client *clientv3.Client, name string) uint64 {
	t.Helper()
	list, err := client.MemberList(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, member := range list.Members {
		if member.Name == name {
			return member.ID
		}
	}
	t.Fatalf("no member %s in %v", name, list.Members)
	return 0
}

func leaderOf(t *testing.T, client *clientv3.Client, node string) *clientv3.StatusResponse {
	t.Helper()
	answer, err := client.Status(testContext(t), "etcd-"+node)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// What Cluster API does when it scales in: it asks, moves the leader, removes the member.
func TestEtcd(t *testing.T) {
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		t.Run(protocol, func(t *testing.T) {
			nodeA, nodeB, nodeC := strings.ToLower(protocol)+"-a", strings.ToLower(protocol)+"-b", strings.ToLower(protocol)+"-c"
			controlPlane(t, nodeA, nodeB, nodeC)
			config := askForEtcd(t, protocol, nodeA)
			a := etcdClient(t, protocol, nodeA, config)
			ctx := testContext(t)

			list, err := a.MemberList(ctx)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, member := range list.Members {
				names = append(names, member.Name)
				if member.IsLearner || len(member.PeerURLs) != 1 || !strings.HasPrefix(member.ClientURLs[0], "https://192.0.2.") {
					t.Errorf("%v", member)
				}
			}
			slices.Sort(names)
			if !slices.Equal(names, []string{nodeA, nodeB, nodeC}) {
				t.Fatalf("%v", names)
			}

			before := leaderOf(t, a, nodeA)
			if before.Leader != idOf(t, a, nodeA) || before.Header.MemberId != before.Leader || before.Version == "" || len(before.Errors) > 0 {
				t.Fatalf("%v", before)
			}
			b := etcdClient(t, protocol, nodeB, config)
			if same := leaderOf(t, b, nodeB); same.Leader != before.Leader || same.Header.ClusterId != before.Header.ClusterId {
				t.Fatalf("%v and %v", before, same)
			}

			_, err = b.MoveLeader(ctx, idOf(t, b, nodeB))
			wantError(t, err, codes.FailedPrecondition, "etcdserver: not leader")
			_, err = a.MoveLeader(ctx, 42)
			wantError(t, err, codes.FailedPrecondition, "etcdserver: bad leader transferee")
			if _, err = a.MoveLeader(ctx, idOf(t, a, nodeB)); err != nil {
				t.Fatal(err)
			}
			if after := leaderOf(t, a, nodeA); after.Leader != idOf(t, a, nodeB) || after.RaftTerm != before.RaftTerm+1 || after.RaftIndex <= before.RaftIndex {
				t.Fatalf("%v", after)
			}

			_, err = b.MemberRemove(ctx, 42)
			wantError(t, err, codes.NotFound, "etcdserver: member not found")
			removed, err := b.MemberRemove(ctx, idOf(t, b, nodeA))
			if err != nil || len(removed.Members) != 2 {
				t.Fatalf("%v %v", removed, err)
			}
			if _, err = dialAndAsk(t, protocol, nodeA, config); err == nil {
				t.Fatal("a removed member answers")
			}
			if removed, err = b.MemberRemove(ctx, idOf(t, b, nodeC)); err != nil || len(removed.Members) != 1 {
				t.Fatalf("%v %v", removed, err)
			}
			_, err = b.MemberRemove(ctx, idOf(t, b, nodeB))
			wantError(t, err, codes.FailedPrecondition, "etcdserver: re-configuration failed due to not enough started members")
		})
	}
}

func TestEtcdAlarmsAndLearners(t *testing.T) {
	client := controlPlane(t, "cp-d", "cp-e")
	config := askForEtcd(t, "WebSocket", "cp-d")
	d := etcdClient(t, "WebSocket", "cp-d", config)
	ctx := testContext(t)
	annotate := func(node, patch string) {
		t.Helper()
		_, err := client.CoreV1().Pods(metav1.NamespaceSystem).Patch(ctx, "etcd-"+node, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	annotate("cp-e", `{"metadata":{"annotations":{"fake-apiserver/etcd-alarm":"NOSPACE"}}}`)
	alarms, err := d.AlarmList(ctx)
	if err != nil || len(alarms.Alarms) != 1 || alarms.Alarms[0].MemberID != idOf(t, d, "cp-e") {
		t.Fatalf("%v %v", alarms, err)
	}
	if status := leaderOf(t, d, "cp-d"); len(status.Errors) != 1 || !strings.Contains(status.Errors[0], "NOSPACE") {
		t.Fatalf("%v", status)
	}
	if _, err = d.AlarmDisarm(ctx, &clientv3.AlarmMember{}); err != nil {
		t.Fatal(err)
	}
	if alarms, err = d.AlarmList(ctx); err != nil || len(alarms.Alarms) != 0 {
		t.Fatalf("%v %v", alarms, err)
	}

	added, err := d.MemberAddAsLearner(ctx, []string{"https://192.0.2.77:2380"})
	if err != nil || !added.Member.IsLearner || len(added.Members) != 3 {
		t.Fatalf("%v %v", added, err)
	}
	_, err = d.MemberAddAsLearner(ctx, []string{"https://192.0.2.77:2380", "https://192.0.2.78:2380"})
	wantError(t, err, codes.FailedPrecondition, "etcdserver: Peer URLs already exists")
	_, err = d.MemberPromote(ctx, added.Member.ID)
	wantError(t, err, codes.FailedPrecondition, "etcdserver: can only promote a learner member which is in sync with leader")
	staticPod(t, client, "etcd", "cp-f", "192.0.2.77")
	if idOf(t, d, "cp-f") != added.Member.ID {
		t.Fatal("the pod is not the member that was added")
	}
	f := etcdClient(t, "WebSocket", "cp-f", config)
	if status := leaderOf(t, f, "cp-f"); !status.IsLearner {
		t.Fatalf("%v", status)
	}
	_, err = f.MemberList(ctx)
	wantError(t, err, codes.FailedPrecondition, "etcdserver: rpc not supported for learner")
	if _, err = d.MemberPromote(ctx, added.Member.ID); err != nil {
		t.Fatal(err)
	}
	if list, err := f.MemberList(ctx); err != nil || len(list.Members) != 3 {
		t.Fatalf("%v %v", list, err)
	}
	if _, err = d.Defragment(ctx, "etcd-cp-d"); err != nil {
		t.Fatal(err)
	}
	one, err := d.HashKV(ctx, "etcd-cp-d", 1)
	if err != nil {
		t.Fatal(err)
	}
	if two, err := f.HashKV(ctx, "etcd-cp-f", 1); err != nil || one.Hash != two.Hash {
		t.Fatalf("%v %v %v", one, two, err)
	}
	if _, err = d.Get(ctx, "health"); err != nil {
		t.Fatal(err)
	}
	_, err = d.Grant(ctx, 10)
	wantError(t, err, codes.Unimplemented, "unknown service etcdserverpb.Lease")
}

// Only clients of the cluster's own etcd CA get in.
func TestEtcdRefusesOtherClients(t *testing.T) {
	controlPlane(t, "cp-g")
	config := askForEtcd(t, "WebSocket", "cp-g")
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "etcd-ca"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	other := clientTLS(t, ca, key)
	other.VerifyConnection = config.VerifyConnection
	none := config.Clone()
	none.Certificates = nil
	for name, wrong := range map[string]*tls.Config{"other CA": other, "no certificate": none} {
		if _, err := dialAndAsk(t, "WebSocket", "cp-g", wrong); err == nil {
			t.Errorf("%s: let in", name)
		}
	}
	if _, err := dialAndAsk(t, "WebSocket", "cp-g", config); err != nil {
		t.Fatal(err)
	}
}

// Cluster API dials anew for each reconcile.
func TestEtcdDialsOneAfterAnother(t *testing.T) {
	controlPlane(t, "cp-h")
	config := askForEtcd(t, "WebSocket", "cp-h")
	for n := range 60 {
		protocol := []string{"SPDY", "WebSocket"}[n%2]
		if _, err := dialAndAsk(t, protocol, "cp-h", config); err != nil {
			t.Fatal(n, err)
		}
	}
}

// Garbage and half a handshake end their own connection only.
func TestEtcdGarbage(t *testing.T) {
	controlPlane(t, "cp-i")
	config := askForEtcd(t, "WebSocket", "cp-i")
	restConfig, client := restConfig(t, etcdCluster, "application/json"), clientset(t, etcdCluster, "application/json")
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		for _, bytes := range [][]byte{[]byte("GET / HTTP/1.1\r\n\r\n"), make([]byte, 100_000), {22, 3, 1, 2, 0, 1}} {
			connection, err := dialPod(restConfig, client, protocol, "etcd-cp-i", 2379)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = connection.Write(bytes)
			if len(bytes) > 6 {
				buffer := make([]byte, 1024)
				for err == nil {
					_, err = connection.Read(buffer)
				}
			}
			_ = connection.Close()
		}
	}
	if _, err := dialAndAsk(t, "WebSocket", "cp-i", config); err != nil {
		t.Fatal(err)
	}
}

// The API server's pod leads to the cluster itself, whose certificate Cluster API reads.
func TestApiserverPod(t *testing.T) {
	controlPlane(t, "cp-j")
	restConfig, client := restConfig(t, etcdCluster, "application/json"), clientset(t, etcdCluster, "application/json")
	for _, protocol := range []string{"SPDY", "WebSocket"} {
		dial := func() net.Conn {
			connection, err := dialPod(restConfig, client, protocol, "kube-apiserver-cp-j", 6443)
			if err != nil {
				t.Fatal(err)
			}
			return connection
		}
		connection := tls.Client(dial(), &tls.Config{InsecureSkipVerify: true})
		if err := connection.HandshakeContext(testContext(t)); err != nil {
			t.Fatal(err)
		}
		if name := connection.ConnectionState().PeerCertificates[0].Subject.CommonName; name != "kube-apiserver" {
			t.Fatal(name)
		}
		_ = connection.Close()
		through := rest.CopyConfig(restConfig)
		through.Dial = func(context.Context, string, string) (net.Conn, error) { return dial(), nil }
		inner, err := kubernetes.NewForConfig(through)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := inner.CoreV1().Nodes().Get(testContext(t), "cp-j", metav1.GetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantError(t *testing.T, err error, code codes.Code, message string) {
	t.Helper()
	got := status.Convert(err)
	if coded, ok := err.(interface{ Code() codes.Code }); ok {
		got = status.New(coded.Code(), err.Error())
	}
	if err == nil || got.Code() != code || got.Message() != message {
		t.Fatalf("want %s %q, got %s %q", code, message, got.Code(), got.Message())
	}
}
