using TlsFsm.Core.Decisions;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Options;

/// <summary>
/// A server's choice of options by ClientHello. Until it is made the message is held back: nothing is processed and nothing answered under
/// options that may not be the right ones.
/// </summary>
/// <param name="options">The default options, which say how to choose.</param>
/// <param name="gate">Shut until the choice is made, if it takes time.</param>
/// <param name="check">Judges options that were chosen: an <see cref="ArgumentException"/> says what makes no sense.</param>
/// <param name="use">Takes the options that were chosen.</param>
internal sealed class ServerSelection(
    TlsServerOptions options, HandshakeGate gate, Action<TlsServerOptions> check, Action<TlsServerOptions> use)
{
    /// <summary>Whether the question was asked. It is asked once, also where the handshake is gone through again.</summary>
    public bool IsAsked { get; private set; }

    /// <summary>Whether there is a choice at all.</summary>
    public static bool IsNeeded(TlsServerOptions options) => options.Names is not null || options.Choose is not null;

    /// <summary>Asks, when the ClientHello is here in full; the gate says whether it is answered.</summary>
    /// <param name="message">The ClientHello, with its header. One that cannot be read is not asked about: the library refuses it.</param>
    /// <exception cref="TlsException">Refused.</exception>
    public void Ask(byte[] message)
    {
        if (ClientHelloReader.Parse(message) is not { } hello)
            return;

        IsAsked = true;
        gate.Ask<TlsServerChoice>(decision => Ask(hello, decision), Take, isAskedOnce: true);
    }

    private void Ask(TlsClientHello hello, TlsDecision<TlsServerChoice> decision)
    {
        if (options.Names is { } names)
            decision.Complete(names.Choose(hello));
        else
            options.Choose!(hello, decision);
    }

    private void Take(TlsServerChoice choice)
    {
        if (choice?.Refusal is { } alert)
            throw OwnFaults.RefusedByHello(alert);
        if (choice?.Options is not { } chosen || ReferenceEquals(chosen, options))
            return;

        try
        {
            check(chosen);
        }
        catch (ArgumentException e)
        {
            throw OwnFaults.Application($"The options chosen for this client make no sense: {e.Message}", e);
        }

        use(chosen);
    }
}
