namespace TlsFsm;

/// <summary>Ways to answer a <see cref="TlsDecision{T}"/>.</summary>
public static class TlsDecisions
{
    /// <summary>Answers at once with what a function says; for callers that never need time.</summary>
    /// <typeparam name="TQuestion">What is asked about.</typeparam>
    /// <typeparam name="T">What is decided.</typeparam>
    /// <param name="answer">Called on the connection's loop; must not block. What it throws fails the handshake.</param>
    public static Action<TQuestion, TlsDecision<T>> AtOnce<TQuestion, T>(Func<TQuestion, T> answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return (question, decision) => decision.Complete(answer(question));
    }
}
