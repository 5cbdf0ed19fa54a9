using System.Text;

namespace ImmutableAudit.Events.Import;

/// <summary>One row of comma-separated values.</summary>
internal static class CsvRow
{
    /// <summary>Splits a row into its fields.</summary>
    /// <exception cref="FormatException">Text stands behind a closing quote.</exception>
    public static List<string> Split(string row, char delimiter)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        for (var at = 0; ; at++)
        {
            field.Clear();
            if (at < row.Length && row[at] == '"')
                at = Quoted(row, at + 1, field);
            while (at < row.Length && row[at] != delimiter)
                field.Append(row[at++]);
            fields.Add(field.ToString());
            if (at >= row.Length)
                return fields;
        }

        int Quoted(string text, int at, StringBuilder into)
        {
            for (; at < text.Length; at++)
            {
                if (text[at] != '"')
                {
                    into.Append(text[at]);
                    continue;
                }

                if (at + 1 < text.Length && text[at + 1] == '"')
                {
                    into.Append('"');
                    at++;
                    continue;
                }

                return at + 1 == text.Length || text[at + 1] == delimiter
                    ? at + 1
                    : throw new FormatException($"text stands behind the closing quote of field {fields.Count + 1}.");
            }

            return at;
        }
    }
}
