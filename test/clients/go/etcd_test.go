package clients

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

const etcdCluster = 3

// controlPlane makes control-plane nodes with an etcd and an API server each, and takes them away after the test.
func controlPlane(t *testing.T, names ...string) *kubernetes.Clientset {
	t.Helper()
	client := clientset(t, etcdCluster, "application/json")
	ctx := testContext(t)
	for n, name := range names {
		address := fmt.Sprintf("192.0.2.%d", n+1)
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.CoreV1().Nodes().Delete(context.Background(), name, metav1.DeleteOptions{}) })
		for _, component := range []string{"etcd", "kube-apiserver"} {
			staticPod(t, client, component, name, address)
		}
	}
	return client
}

func staticPod(t *testing.T, client *kubernetes.Clientset, component, node, address string) {
	t.Helper()
	ctx := testContext(t)
	pods := client.CoreV1().Pods(metav1.NamespaceSystem)
	pod, err := pods.Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:   component + "-" + node,
			Labels: map[string]string{"component": component, "tier": "control-plane"},
		},
		Spec: corev1.PodSpec{NodeName: node, HostNetwork: true, Containers: []corev1.Container{{Name: component, Image: component}}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		now := int64(0)
		_ = pods.Delete(context.Background(), pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now})
	})
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: address, PodIPs: []corev1.PodIP{{IP: address}}}
	if _, err := pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// tunnel is one connection to a port of a pod, made as Cluster API makes it.
type tunnel struct {
	connection httpstream.Connection
	httpstream.Stream
}

func (t tunnel) Close() error                     { return errors.Join(t.Stream.Close(), t.connection.Close()) }
func (t tunnel) LocalAddr() net.Addr              { return &net.UnixAddr{Name: "local"} }
func (t tunnel) RemoteAddr() net.Addr             { return &net.UnixAddr{Name: "remote"} }
func (t tunnel) SetDeadline(time.Time) error      { return nil }
func (t tunnel) SetReadDeadline(time.Time) error  { return nil }
func (t tunnel) SetWriteDeadline(time.Time) error { return nil }

func dialPod(config *rest.Config, client *kubernetes.Clientset, protocol, pod string, port int) (net.Conn, error) {
	target := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(metav1.NamespaceSystem).Name(pod).SubResource("portforward").URL()
	var dialer httpstream.Dialer
	if protocol == "WebSocket" {
		made, err := portforward.NewSPDYOverWebsocketDialer(target, config)
		if err != nil {
			return nil, err
		}
		dialer = made
	} else {
		transport, upgrader, err := spdy.RoundTripperFor(config)
		if err != nil {
			return nil, err
		}
		dialer = spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", target)
	}
	connection, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	headers := http.Header{}
	headers.Set(corev1.PortHeader, fmt.Sprint(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	errorStream, err := connection.CreateStream(headers)
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	_ = errorStream.Close()
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	stream, err := connection.CreateStream(headers)
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	return tunnel{connection, stream}, nil
}

// etcdTLS has a client certificate of the cluster's etcd CA, as Cluster API makes itself one.
func etcdTLS(t *testing.T) *tls.Config {
	t.Helper()
	path := filepath.Join(out, "pki", fmt.Sprintf("cluster-%d.etcd.pem", etcdCluster))
	eventually(t, "the CA of etcd is there", func() bool { _, err := os.Stat(path); return err == nil })
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	keyBlock, _ := pem.Decode(rest)
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return clientTLS(t, ca, key)
}

func clientTLS(t *testing.T, ca *x509.Certificate, caKey *ecdsa.PrivateKey) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "cluster-api.x-k8s.io"},
		NotBefore:    time.Now().Add(-time.Minute),
		NotAfter:     time.Now().Add(time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	// Host names are not looked at, the chain and the purpose are: as Cluster API does it.
	return &tls.Config{
		RootCAs:            roots,
		Certificates:       []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
			return err
		},
	}
}

func etcdClient(t *testing.T, protocol, node string, config *tls.Config) *clientv3.Client {
	t.Helper()
	restConfig, client := restConfig(t, etcdCluster, "application/json"), clientset(t, etcdCluster, "application/json")
	made, err := clientv3.New(clientv3.Config{
		Endpoints:   []string{"etcd-" + node},
		DialTimeout: 10 * time.Second,
		TLS:         config,
		Logger:      zap.NewNop(),
		DialOptions: []grpc.DialOption{grpc.WithContextDialer(func(_ context.Context, address string) (net.Conn, error) {
			return dialPod(restConfig, client, protocol, address, 2379)
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = made.Close() })
	return made
}

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

// askForEtcd makes the first connection, for which the cluster makes its etcd CA, and returns how to make the next.
func askForEtcd(t *testing.T, protocol, node string) *tls.Config {
	t.Helper()
	connection, err := dialPod(restConfig(t, etcdCluster, "application/json"), clientset(t, etcdCluster, "application/json"), protocol, "etcd-"+node, 2379)
	if err != nil {
		t.Fatal(err)
	}
	_ = connection.Close()
	return etcdTLS(t)
}

func dialAndAsk(t *testing.T, protocol, node string, config *tls.Config) (*clientv3.StatusResponse, error) {
	t.Helper()
	client := etcdClient(t, protocol, node, config)
	defer client.Close()
	ctx, cancel := context.WithTimeout(testContext(t), 3*time.Second)
	defer cancel()
	return client.Status(ctx, "etcd-"+node)
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
