using System.Net.Security;
using System.Security.Authentication;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>Both ends of one connection in memory, on one thread.</summary>
internal interface IPair : IDisposable
{
    /// <summary>Completes the handshake at both ends. Once, first.</summary>
    void Handshake();

    /// <summary>One end writes a message with one call, the other reads all of it.</summary>
    /// <param name="fromClient">Which end writes.</param>
    /// <param name="message">What.</param>
    /// <param name="received">Where it is read to; longer than the message, as a receive buffer is.</param>
    void Transfer(bool fromClient, ReadOnlyMemory<byte> message, Memory<byte> received);

    /// <summary>What was negotiated, as the client sees it.</summary>
    (SslProtocols Protocol, TlsCipherSuite Suite) Negotiated { get; }

    /// <summary>Bytes on the wire so far, both directions.</summary>
    long WireBytes { get; }
}
