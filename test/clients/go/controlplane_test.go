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
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

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
