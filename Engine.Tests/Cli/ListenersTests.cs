using System.Net;
using System.Net.Sockets;
using TlsFsm.Cli;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Protocols;
using TlsFsm.Cli.Serving;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>Where <c>serve</c> listens on machines that have not both loopback addresses.</summary>
public sealed class ListenersTests
{
    private static readonly TlsServerOptions Options = new() { Credential = TestCertificates.Server };

    [TestCase(SocketError.AddressFamilyNotSupported)]
    [TestCase(SocketError.AddressNotAvailable)]
    public async Task Without_IPv6_there_is_one_address(SocketError error)
    {
        await using var listeners = await Listeners.StartAsync(address: null, port: 0, endPoint => StartOrThrow(endPoint, error));

        Assert.That(listeners.EndPoints, Does.Match(@"^127\.0\.0\.1:\d+$"));
    }

    [Test]
    public void Another_trouble_with_the_second_address_is_told_and_the_first_is_not_kept()
    {
        var started = new List<TlsListener>();

        Assert.That(
            () => Listeners.StartAsync(address: null, port: 0, endPoint =>
            {
                started.Add(StartOrThrow(endPoint, SocketError.AccessDenied));
                return started[^1];
            }),
            Throws.InstanceOf<CliException>());

        using var again = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.That(() => again.Bind(started.Single().LocalEndPoint), Throws.Nothing);
    }

    private static TlsListener StartOrThrow(IPEndPoint endPoint, SocketError error) =>
        endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? throw new CliException("no", ExitCode.Io, new SocketException((int)error))
        : TlsListener.Start(endPoint, Options, () => new EchoProtocol());
}
