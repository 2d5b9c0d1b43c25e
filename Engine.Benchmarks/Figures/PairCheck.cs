using System.Security.Authentication;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>Whether a pair does what it is measured for.</summary>
internal static class PairCheck
{
    public static void Negotiated(IPair pair, PairSettings settings)
    {
        var (protocol, suite) = pair.Negotiated;
        WrongResultException.ThrowUnless(
            protocol == SslProtocols.Tls13 && suite == settings.Suite,
            $"Negotiated {protocol} {suite} instead of {SslProtocols.Tls13} {settings.Suite}.");
    }

    /// <summary>Random messages both ways, compared byte by byte.</summary>
    public static void Echo(IPair pair, int size)
    {
        for (var i = 0; i < 3; i++)
        {
            var message = RandomNumberGenerator.GetBytes(size);
            var there = new byte[size + 1];
            var back = new byte[size + 1];
            pair.Transfer(fromClient: true, message, there);
            pair.Transfer(fromClient: false, there.AsMemory(0, size), back);
            WrongResultException.ThrowUnless(
                message.AsSpan().SequenceEqual(there.AsSpan(0, size)), "The server received something else than was sent.");
            WrongResultException.ThrowUnless(
                message.AsSpan().SequenceEqual(back.AsSpan(0, size)), "The client received something else than was sent.");
        }
    }
}
