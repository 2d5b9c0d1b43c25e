namespace TlsFsm;

/// <summary>Answers the engine's questions with asynchronous methods.</summary>
public static class TlsAsync
{
    /// <summary>Answers with what a method returns, whenever that is. The handshake stands still until then and holds no thread.</summary>
    /// <typeparam name="TQuestion">What is asked about.</typeparam>
    /// <typeparam name="T">What is decided.</typeparam>
    /// <param name="answer">
    /// Begins on the connection's loop, so it must not block. Its token is cancelled when the connection has ended. What it throws
    /// fails the handshake.
    /// </param>
    public static Action<TQuestion, TlsDecision<T>> Answer<TQuestion, T>(Func<TQuestion, CancellationToken, ValueTask<T>> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return (question, decision) => _ = AnswerAsync(answer, question, decision);
    }

    /// <summary>A signer whose signing is an asynchronous method.</summary>
    /// <param name="sign">
    /// Signs a hash by a scheme; begins on a connection's loop, so it must not block. As <see cref="ITlsSigner.Sign"/> otherwise.
    /// </param>
    public static ITlsSigner Signer(Func<TlsSignatureScheme, ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> sign)
    {
        ArgumentNullException.ThrowIfNull(sign);
        return new AsyncSigner(sign);
    }

    private sealed class AsyncSigner(
        Func<TlsSignatureScheme, ReadOnlyMemory<byte>, CancellationToken, ValueTask<ReadOnlyMemory<byte>>> sign) : ITlsSigner
    {
        public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision) =>
            Answer<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(
                (wanted, cancellation) => sign(scheme, wanted, cancellation))(hash, decision);
    }

    private static async Task AnswerAsync<TQuestion, T>(
        Func<TQuestion, CancellationToken, ValueTask<T>> answer, TQuestion question, TlsDecision<T> decision)
    {
        T value;
        try
        {
            value = await answer(question, decision.Abandoned);
        }
        catch (Exception exception)
        {
            decision.Fail(exception);
            return;
        }

        decision.Complete(value);
    }
}
